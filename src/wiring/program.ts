// The referral side: the built-in program, the platforms, what is copied from them and changed on them.

import { newShareCode } from '../referrals/built-in/share-code.ts';
import { createReach } from '../referrals/reach.ts';
import type { Tx } from '../store/database.ts';
import { createConnectionStore } from '../store/platforms/connections.ts';
import { createCopyStore } from '../store/platforms/copies.ts';
import { createCampaignStore } from '../store/program/campaigns.ts';
import { peopleStore } from '../store/program/people.ts';
import { createReferralStatusStore } from '../store/program/referral-status.ts';
import { createReferralStore } from '../store/program/referrals.ts';
import { createReferrerStore } from '../store/program/referrers.ts';
import { createTeammateChangeStore } from '../store/program/teammate-changes.ts';
import { createAuditStore } from '../store/workspace/audit.ts';
import { createConnecting } from '../usecases/platforms/connecting.ts';
import { createCopying } from '../usecases/platforms/copying.ts';
import { createReconcile } from '../usecases/platforms/reconcile.ts';
import { createOutsideChange } from '../usecases/program/outside-change.ts';
import { createProgram } from '../usecases/program/program.ts';
import { createStatusChange } from '../usecases/program/status-change.ts';
import { createAudit } from '../usecases/workspace/audit.ts';
import type { Ground } from './context.ts';
import type { EnrollmentPart } from './enrollment.ts';
import type { Outgoing } from './outgoing.ts';

export type ReferralSide = ReturnType<typeof buildReferralSide>;

/** `resume` wakes the runs that wait for a platform. */
export function buildReferralSide(
  { config, log, now, newId, secrets, database, queue, platforms, sleep }: Ground,
  { writeBack, settings, runStore }: Outgoing,
  { enrollment, planWaiting }: Pick<EnrollmentPart, 'enrollment' | 'planWaiting'>,
  resume: (workspaceId: string) => Promise<void>,
) {
  const audit = createAudit({ store: createAuditStore(database), now });
  const program = createProgram({
    audit,
    transaction: database.transaction,
    stores: {
      campaigns: createCampaignStore(database),
      people: peopleStore,
      referrers: createReferrerStore(database),
      referrals: createReferralStore(database),
    },
    now,
    newId,
    newShareCode,
    planEnrollment: enrollment.plan,
    planWaiting,
    planWriteBack: writeBack.plan,
    publicUrl: config.publicUrl,
  });

  const referrals = createReferralStore(database);
  const connections = createConnectionStore(database, secrets);
  const reach = createReach({ allowPrivate: config.allowPrivatePlatforms });
  const referralSide = {
    transaction: database.transaction,
    platforms,
    connections,
    referrals: createReferralStatusStore(database, referrals),
    copies: createCopyStore(database, { newShareCode }),
    people: peopleStore,
    planEnrollment: enrollment.plan,
    planWriteBack: writeBack.plan,
    enqueue: queue.enqueue,
    now,
    newId,
    log,
  };
  const statusChange = createStatusChange<Tx>({ ...referralSide, wait: sleep });
  const copying = createCopying<Tx>({ ...referralSide, stores: referralSide });
  const reconcile = createReconcile<Tx>({ ...referralSide, copying });
  const connecting = createConnecting<Tx>({
    ...referralSide,
    startPass: reconcile.start,
    resume,
    leadsToPrivate: reach.leadsToPrivate,
    audit,
    publicUrl: config.publicUrl,
  });
  const requests = createTeammateChangeStore(database, runStore.add);
  const outsideChange = createOutsideChange({
    program,
    settings,
    async addRun(run) {
      await database.transaction((tx) => runStore.add(tx, run));
    },
    findRun: requests.find,
    newId,
    wait: sleep,
  });
  return {
    program,
    referrals,
    platforms,
    statusChange,
    copying,
    reconcile,
    connecting,
    requests,
    outsideChange,
  };
}
