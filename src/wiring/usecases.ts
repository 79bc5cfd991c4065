// All parts of the app, built in the order in which each depends on what came before.
import type { Tx } from '../store/database.ts';
import { oldestUnhandledSince } from '../store/qualification/deliveries.ts';
import { createOutageStore } from '../store/runs/outages.ts';
import { readRun } from '../store/runs/runs.ts';
import { enrollPerson } from '../usecases/enrollment/enroll-person.ts';
import { runStatusChange } from '../usecases/program/change-status.ts';
import { recoverAfterOutage, recoverAfterReturn } from '../usecases/repair/begin-recovery.ts';
import { createRunLog } from '../usecases/runs/run-log.ts';
import { createRuns } from '../usecases/runs/runs.ts';
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

/** `runs` comes last, since it does the work of all the others; those that wake it do so once everything is built. */
export function buildParts(ground: Ground) {
  const { metrics, database, locks, now, log } = ground;
  const outgoing = buildOutgoing(ground);
  const { runStore, settings } = outgoing;
  const contacts = buildContacts(ground, outgoing, (id, subject) => runs.work(id, subject));
  const { batches, batchWork } = buildBatches(ground, outgoing, contacts.bulkEnsuring);
  const console = buildConsole(ground, outgoing);
  const { audit } = console;
  const card = buildCard(ground, outgoing, console);
  const contactsJoining = buildContactsJoining(ground, outgoing);
  const campaignDesk = buildCampaignDesk(ground, console);
  const repair = buildRepair(ground, outgoing, contactsJoining);
  const tokenIsBack = async (id: string) => {
    await runs.resume(id, 'token');
    await batchWork.resume(id);
  };
  const installing = buildInstalling(ground, outgoing, console, tokenIsBack, (tx, id, since) =>
    recoverAfterReturn(ground, tx, id, since),
  );
  const runs = createRuns<Tx>({
    handlers: {
      note: card.settling.leaveNote,
      'change-status': (run, markAttempted) => runStatusChange(ground, run, markAttempted),
      enroll: (run, markAttempted) => enrollPerson(ground, run, markAttempted),
      contact: contacts.doContact,
      ...outgoing.writeBack.handlers,
    },
    runs: { ...runStore, read: readRun },
    outages: createOutageStore(database, outgoing.enqueueRuns, (tx, outage) =>
      recoverAfterOutage(ground, tx, outage),
    ),
    locks,
    now,
    random: Math.random,
    count: metrics.countRun,
    log,
  });
  Object.assign(ground.legacy, {
    installations: outgoing.installations,
    runStore,
    settings,
    audit,
    writeBack: outgoing.writeBack,
    ensuring: contacts.ensuring,
    bulkEnsuring: contacts.bulkEnsuring,
    contactsJoining,
    drift: repair.drift,
    runs,
    importWork: batchWork,
  } satisfies Legacy);
  metrics.watchRuns(runStore.counts);
  metrics.watchDeliveries(() => oldestUnhandledSince(database.db));
  const runLog = createRunLog({ runs: runStore, audit });
  const pages = buildConsolePages(ground, outgoing, card, runLog);
  return {
    ...{ outgoing, contacts, batches, batchWork, campaignDesk, repair, runs, pages },
    ...console,
    ...card,
    ...installing,
  };
}
