// What goes out to Intercom: who granted access, how it is called, the runs, what is written back.

import type { NewRun } from '../domain/runs/run.ts';
import { createContactWriting } from '../intercom/contacts/contact-writing.ts';
import type { Tx } from '../store/database.ts';
import { createSettingsStore } from '../store/workspace/settings.ts';
import { planRun } from '../usecases/runs/plan-run.ts';
import { planShareWriteBack, planWriteBack, type Share } from '../usecases/runs/plan-write-back.ts';
import type { Ground } from './context.ts';
import { cachedFor, callAt } from './intercom.ts';

export type Outgoing = ReturnType<typeof buildOutgoing>;

/** The grants of workspaces, Intercom's API with them, and the runs that everything outgoing goes through. */
export function buildOutgoing(ground: Ground) {
  const { database, grants, governor } = ground;
  const { installations } = grants;
  const grantOf = grants.of;
  const runStore = { add: (tx: Tx, run: NewRun) => planRun(ground, tx, run) };
  const callOf = callAt(grants, governor.background);
  /** For work without an end, such as an import, which gives way to all other work. */
  const bulkCallOf = cachedFor(1_000, callAt(grants, governor.bulk));
  const settings = createSettingsStore(database);
  const contactWriting = createContactWriting(callOf);
  const writeBack = {
    plan: (tx: Tx, workspaceId: string, referralId: string) =>
      planWriteBack(ground, tx, workspaceId, referralId),
    planShare: (tx: Tx, workspaceId: string, share: Share) =>
      planShareWriteBack(ground, tx, workspaceId, share),
  };
  return {
    installations,
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
