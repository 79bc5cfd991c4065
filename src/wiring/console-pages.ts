// What the console's pages show and do that no other part of the app does: the overview, people, whose runs are whose.
import { Failure } from '../failure.ts';
import { createIntercomCall } from '../intercom/call.ts';
import { searchContacts } from '../intercom/contacts/contact-search.ts';
import { createOverviewStore } from '../store/people/overview.ts';
import { createPeopleSearchStore } from '../store/people/people-search.ts';
import { createPersonPageStore } from '../store/people/person-page.ts';
import { createOverview } from '../usecases/people/overview.ts';
import { createPeopleSearch } from '../usecases/people/people-search.ts';
import { createPersonActing } from '../usecases/people/person-acting.ts';
import { createPersonPages } from '../usecases/people/person-page.ts';
import { listConnections } from '../usecases/platforms/connections.ts';
import { shareLinkOf } from '../usecases/program/share-links.ts';
import { listRuns } from '../usecases/runs/run-log.ts';
import type { Card } from './card.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

export function buildConsolePages(
  ground: Ground,
  { installations, grantOf, governor }: Pick<Outgoing, 'installations' | 'grantOf' | 'governor'>,
  { inbox, changes, intercomFor }: Pick<Card, 'inbox' | 'changes' | 'intercomFor'>,
) {
  const { now, newId, hosts, database, platforms } = ground;
  const read = createPersonPageStore(database);
  async function leadsWith(workspaceId: string, email: string) {
    const granted = await grantOf(workspaceId);
    if (!granted) throw new Failure('conflict', 'Intercom refuses the app’s access. Install it again.');
    const pace = governor.agents(workspaceId);
    const call = createIntercomCall(granted.api, granted.token, undefined, pace);
    return (await searchContacts(call, 'email', [email])).filter((one) => one.role === 'lead');
  }
  return {
    overview: createOverview({
      store: createOverviewStore(database),
      installationOf: installations.find,
      connections: (workspaceId) => listConnections(ground, workspaceId),
      platformName: (name) => platforms[name].name,
      now,
    }),
    people: createPeopleSearch({ store: createPeopleSearchStore(database) }),
    person: createPersonPages({
      read,
      runs: { list: (...list) => listRuns(ground, ...list) },
      changes,
      contactUrl: hosts.contact,
      shareLink: (code) => shareLinkOf(ground, { code, link: null }),
    }),
    acting: createPersonActing({ read, changes, intercomFor, leadsWith, inbox, newId }),
    contactUrl: hosts.contact,
  };
}
