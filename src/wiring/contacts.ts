// Contacts of Intercom's: made, used where they are there already, acted upon.
import { setTimeout as sleep } from 'node:timers/promises';
import { createContactActions as createIntercomActions } from '../intercom/contacts/contact-actions.ts';
import { createContactMaking } from '../intercom/contacts/contact-making.ts';
import { createMadeContactStore } from '../store/contacts/made-contacts.ts';
import type { Tx } from '../store/database.ts';
import { findPerson, findPersonOfContact } from '../store/program/people.ts';
import { findRun, findRunByDedupe } from '../store/runs/run-log.ts';
import { setRunContact } from '../store/runs/runs.ts';
import { createContactActions } from '../usecases/contacts/contact-action.ts';
import { createContactDoing } from '../usecases/contacts/contact-doing.ts';
import { createEnsuring } from '../usecases/contacts/contact-ensuring.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

/** "A few minutes", says Intercom of its search; five were seen. */
const usualSearchLagMs = 5 * 60_000;
/** Longer than any search lags. */
const rememberedMs = 24 * 60 * 60_000;

/** `work` does what is due of a subject. `bulkEnsuring` gives way to all other work. */
export function buildContacts(
  { overrides, now, newId, database, log }: Ground,
  { callOf, bulkCallOf, settings, runStore }: Outgoing,
  work: (workspaceId: string, subject: string) => Promise<void>,
) {
  const store = createMadeContactStore(database);
  const people = {
    personOf: (workspaceId: string, identity: Parameters<typeof findPerson>[2]) =>
      findPerson(database.db, workspaceId, identity),
    personLinkedTo: (workspaceId: string, contactId: string) =>
      findPersonOfContact(database.db, workspaceId, contactId),
  };
  const searchLagMs = overrides.searchLagMs ?? usualSearchLagMs;
  const ensuringBy = (calls: typeof callOf) =>
    createEnsuring({ store, intercom: createContactMaking(calls), now, searchLagMs });
  const ensuring = ensuringBy(callOf);
  const intercom = createIntercomActions(callOf);
  return {
    ensuring,
    bulkEnsuring: ensuringBy(bulkCallOf),
    forgetMade: () => store.forget(new Date(now().getTime() - rememberedMs)),
    doContact: createContactDoing<Tx>({
      intercom,
      ensuring,
      personOf: people.personOf,
      nameContactOf: setRunContact,
      now,
      searchLagMs,
    }),
    contactActions: createContactActions<Tx>({
      ...people,
      transaction: database.transaction,
      settings,
      runs: {
        ...runStore,
        find: (workspaceId, id) => findRun(database.db, workspaceId, id),
        findByDedupe: (workspaceId, dedupe) => findRunByDedupe(database.db, workspaceId, dedupe),
      },
      work,
      intercom,
      newId,
      sleep: (milliseconds) => sleep(milliseconds, undefined, { ref: false }),
      patienceMs: 5_000,
      log,
    }),
  };
}
