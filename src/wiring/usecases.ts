// All parts of the app, built in the order in which each depends on what came before.
import type { Tx } from '../store/database.ts';
import { oldestUnhandledSince } from '../store/qualification/deliveries.ts';
import { createOutageStore } from '../store/runs/outages.ts';
import { readRun } from '../store/runs/runs.ts';
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
import { buildEnrollment } from './enrollment.ts';
import { buildInstalling } from './installing.ts';
import type { Legacy } from './legacy.ts';
import { buildOutgoing } from './outgoing.ts';
import { buildReferralSide } from './program.ts';
import { buildContactsJoining, buildRepair } from './repair.ts';

export type Parts = ReturnType<typeof buildParts>;

/** `runs` comes last, since it does the work of all the others; those that wake it do so once everything is built. */
export function buildParts(ground: Ground) {
  const { metrics, database, locks, now, log } = ground;
  const outgoing = buildOutgoing(ground);
  const { runStore, settings } = outgoing;
  const contacts = buildContacts(ground, outgoing, (id, subject) => runs.work(id, subject));
  const { batches, batchWork } = buildBatches(ground, outgoing, contacts.bulkEnsuring);
  const enrolling = buildEnrollment(ground, outgoing, contacts.ensuring);
  const platformIsBack = (id: string) => runs.resume(id, 'platform');
  const referralSide = buildReferralSide(ground, outgoing, enrolling, platformIsBack);
  const console = buildConsole(ground, outgoing);
  const { audit } = console;
  const card = buildCard(ground, outgoing, referralSide, console, enrolling);
  const contactsJoining = buildContactsJoining(ground, outgoing);
  const campaignDesk = buildCampaignDesk(ground, console, enrolling);
  const repair = buildRepair(ground, outgoing, contactsJoining, enrolling);
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
      'change-status': referralSide.statusChange,
      enroll: enrolling.enrollment.enroll,
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
    enrollment: enrolling.enrollment,
    contactsJoining,
    drift: repair.drift,
    runs,
    importWork: batchWork,
    reconcile: referralSide.reconcile,
    copying: referralSide.copying,
    program: referralSide.program,
    reviews: enrolling.reviews,
    changes: card.changes,
  } satisfies Legacy);
  metrics.watchRuns(runStore.counts);
  metrics.watchDeliveries(() => oldestUnhandledSince(database.db));
  const runLog = createRunLog({ runs: runStore, audit });
  const pages = buildConsolePages(ground, outgoing, referralSide, card, runLog);
  return {
    ...{ outgoing, contacts, batches, batchWork, enrolling, campaignDesk, repair, runs, pages },
    ...referralSide,
    ...console,
    ...card,
    ...installing,
  };
}
