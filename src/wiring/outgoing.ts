// What goes out to Intercom: who granted access, how it is called, the runs, what is written back.

import { createContactWriting } from '../intercom/contacts/contact-writing.ts';
import type { Tx } from '../store/database.ts';
import { createRunStore, type EnqueueRuns } from '../store/runs/runs.ts';
import { createWriteBackStore } from '../store/runs/write-back.ts';
import { createSettingsStore } from '../store/workspace/settings.ts';
import { shareLinkOf } from '../usecases/program/share-links.ts';
import { createWriteBack } from '../usecases/runs/write-back.ts';
import type { Ground } from './context.ts';
import { cachedFor, callAt } from './intercom.ts';

export type Outgoing = ReturnType<typeof buildOutgoing>;

/** The grants of workspaces, Intercom's API with them, and the runs that everything outgoing goes through. */
export function buildOutgoing(ground: Ground) {
  const { now, database, queue, grants, governor } = ground;
  const { installations } = grants;
  const grantOf = grants.of;
  const enqueueRuns: EnqueueRuns = (tx, jobs, { afterMs = 0 } = {}) =>
    // A little later, so that a job never comes before its run is due.
    queue.enqueueAll(tx, jobs, { afterSeconds: afterMs > 0 ? afterMs / 1000 + 0.05 : 0 });
  const runStore = createRunStore(database, enqueueRuns, now);
  const callOf = callAt(grants, governor.background);
  /** For work without an end, such as a batch, which gives way to all other work. */
  const bulkCallOf = cachedFor(1_000, callAt(grants, governor.bulk));
  const settings = createSettingsStore(database);
  const contactWriting = createContactWriting(callOf);
  const writeBack = createWriteBack<Tx>({
    store: createWriteBackStore(database, (referrer) => shareLinkOf(ground, referrer)),
    settings,
    runs: runStore,
    intercom: contactWriting,
  });
  return {
    installations,
    enqueueRuns,
    runStore,
    grantOf,
    governor,
    callOf,
    bulkCallOf,
    settings,
    contactWriting,
    writeBack,
  };
}
