// All parts of the app, built in the order in which each depends on what came before.
import { oldestUnhandledSince } from '../store/qualification/deliveries.ts';
import { countWaitingRuns } from '../store/runs/runs.ts';
import { recoverAfterReturn } from '../usecases/repair/begin-recovery.ts';
import { resumeRuns } from '../usecases/runs/outages.ts';
import { workRuns } from '../usecases/runs/work-runs.ts';
import { buildBatches } from './batches.ts';
import { buildCampaignDesk } from './campaign-desk.ts';
import { buildCard } from './card.ts';
import { buildConsole } from './console.ts';
import { buildConsolePages } from './console-pages.ts';
import { buildContacts } from './contacts.ts';
import type { Ground } from './context.ts';
import { buildInstalling } from './installing.ts';
import type { Legacy } from './legacy.ts';
import { buildOutgoing } from './outgoing.ts';
import { buildContactsJoining, buildRepair } from './repair.ts';

export type Parts = ReturnType<typeof buildParts>;

export function buildParts(ground: Ground) {
  const { metrics, database } = ground;
  const outgoing = buildOutgoing(ground);
  const { settings } = outgoing;
  const contacts = buildContacts(ground, outgoing, (id, subject) => workRuns(ground, id, subject));
  const { batches, batchWork } = buildBatches(ground, outgoing, contacts.bulkEnsuring);
  const console = buildConsole(ground, outgoing);
  const { audit } = console;
  const card = buildCard(ground, outgoing, console);
  const contactsJoining = buildContactsJoining(ground, outgoing);
  const campaignDesk = buildCampaignDesk(ground, console);
  const repair = buildRepair(ground, outgoing, contactsJoining);
  const tokenIsBack = async (id: string) => {
    await resumeRuns(ground, id, 'token');
    await batchWork.resume(id);
  };
  const installing = buildInstalling(ground, outgoing, console, tokenIsBack, (tx, id, since) =>
    recoverAfterReturn(ground, tx, id, since),
  );
  Object.assign(ground.legacy, {
    installations: outgoing.installations,
    settings,
    audit,
    ensuring: contacts.ensuring,
    bulkEnsuring: contacts.bulkEnsuring,
    contactsJoining,
    drift: repair.drift,
    doContact: contacts.doContact,
    settling: card.settling,
    inPages: repair.inPages,
    importWork: batchWork,
  } satisfies Legacy);
  metrics.watchRuns(() => countWaitingRuns(database.db));
  metrics.watchDeliveries(() => oldestUnhandledSince(database.db));
  const pages = buildConsolePages(ground, outgoing, card);
  return {
    ...{ outgoing, contacts, batches, batchWork, campaignDesk, repair, pages },
    ...console,
    ...card,
    ...installing,
  };
}
