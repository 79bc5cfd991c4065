// Bringing both sides together again, and handing over: backfills, exports.

import type { WorkKey } from '../domain/page-work.ts';
import { patternsFor } from '../domain/repair/erasure.ts';
import { listContacts } from '../intercom/contacts/contact-lists.ts';
import { searchContacts } from '../intercom/contacts/contact-search.ts';
import type { Tx } from '../store/database.ts';
import { lockEnrollment } from '../store/enrollment/enrollments.ts';
import { findCampaign } from '../store/program/campaigns.ts';
import { insertPerson, lockIdentity } from '../store/program/people.ts';
import { linkPeople } from '../store/qualification/contacts.ts';
import { createBackfillStore, memberStore } from '../store/repair/backfills.ts';
import { createErasureStore } from '../store/repair/erasures.ts';
import { createExportStore } from '../store/repair/exports.ts';
import { createMembers } from '../store/repair/members.ts';
import { planEnrollment, replanEnrollment } from '../usecases/enrollment/plan-enrollment.ts';
import { workPages } from '../usecases/page-work.ts';
import { identifyPerson } from '../usecases/program/people.ts';
import { addReferrerOnce } from '../usecases/program/referrers.ts';
import { createBackfills } from '../usecases/repair/backfill.ts';
import { fromCampaign, fromIntercom, type Unenrolled } from '../usecases/repair/backfill-sources.ts';
import { type ContactsJoining, createContactsJoining } from '../usecases/repair/contacts-joining.ts';
import { createErasing } from '../usecases/repair/erasing.ts';
import { createExport } from '../usecases/repair/export.ts';
import { recoveryWork, resumeRecoveries } from '../usecases/repair/recovery.ts';
import { retryTransient } from '../usecases/retry.ts';
import { buildComparing } from './comparing.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

/** How contacts become referrers. */
export function buildContactsJoining(ground: Ground, { writeBack }: Outgoing) {
  const { database, now, newId } = ground;
  return createContactsJoining<Tx>({
    members: memberStore,
    identify: (tx, workspaceId, identity) => identifyPerson(ground, tx, workspaceId, identity),
    insertPerson,
    addReferrerOnce: (tx, workspaceId, referrer) => addReferrerOnce(ground, tx, workspaceId, referrer),
    watching: createBackfillStore(database).watching,
    linkTo: linkPeople,
    planShare: writeBack.planShare,
    now,
    newId,
  });
}

/** What brings both sides to the same state again, and what a company may ask for of its data. */
export function buildRepair(ground: Ground, outgoing: Outgoing, joining: ContactsJoining<Tx>) {
  const { database, queue, now, newId, log } = ground;
  const { callOf, bulkCallOf, grantOf, runStore, settings } = outgoing;
  const { transaction } = database;
  const exports = createExport({ store: createExportStore(database) });

  const members = createMembers(database);
  async function planAnyEnrollment(tx: Tx, workspaceId: string, { member, enrollmentId }: Unenrolled) {
    const earlier = enrollmentId === null ? null : await lockEnrollment(tx, workspaceId, enrollmentId);
    if (earlier) await replanEnrollment(ground, tx, workspaceId, earlier);
    else await planEnrollment(ground, tx, workspaceId, member);
  }
  const campaignSource = { ...members, campaign: memberStore.campaign, planEnrollment: planAnyEnrollment };
  const list: Parameters<typeof fromIntercom<Tx>>[0]['list'] = async (workspaceId, selection, after) => {
    const { contacts, next } = await listContacts(await bulkCallOf(workspaceId), selection, after);
    return { items: contacts.map((one) => one.contact), next };
  };
  const backfills = createBackfills<Tx>({
    transaction,
    store: createBackfillStore(database),
    campaigns: { find: (workspaceId, id) => findCampaign(database.db, workspaceId, id) },
    sourceOf(wanted) {
      if (wanted.from === 'intercom') {
        return fromIntercom({ joining, list, waitingRuns: members.waitingRuns }, wanted.selection);
      }
      return fromCampaign(campaignSource, wanted.members);
    },
    enqueue: (tx, backfill, afterSeconds) =>
      queue.enqueue(tx, { name: 'work-in-pages', what: 'backfill', ...backfill }, { afterSeconds }),
    now,
    newId,
    log,
  });

  const drift = buildComparing(ground, outgoing, {
    async enroll(tx, workspaceId, member) {
      const known = await members.enrollmentOf(tx, workspaceId, member);
      // What is under way, or waits for somebody, comes to its end by itself.
      if (known && !['done', 'skipped', 'failed'].includes(known.state)) return;
      await planAnyEnrollment(tx, workspaceId, { member, enrollmentId: known?.id ?? null });
    },
  });

  const erasing = createErasing<Tx>({
    // It takes many locks at once, and loses a deadlock now and then.
    transaction: (work) => retryTransient(4, () => transaction(work)),
    store: createErasureStore(database),
    lockIdentity,
    settings,
    runs: runStore,
    async contactsOf(workspaceId, { emails, externalIds }) {
      if ((await grantOf(workspaceId)) === null) return null;
      const call = await callOf(workspaceId);
      const found = [
        ...(await searchContacts(call, 'email', emails)),
        ...(await searchContacts(call, 'external_id', externalIds)),
      ];
      return found.map((one) => one.id);
    },
    forgetJobs(tx, workspaceId, sought) {
      const { emails, others } = patternsFor(sought);
      return queue.forget(tx, workspaceId, { anyCase: emails, exact: others });
    },
    enqueue: (tx, erasure, afterSeconds) =>
      queue.enqueue(tx, { name: 'work-in-pages', what: 'erasure', ...erasure }, { afterSeconds }),
    now,
    newId,
    log,
  });

  return {
    exports,
    backfills,
    erasing,
    drift,
    inPages: {
      backfill: backfills.work,
      'sync-check': drift.work,
      recovery: (key: WorkKey) => workPages(ground, recoveryWork, key),
      erasure: erasing.work,
    },
    async tick() {
      for (const one of [backfills, drift, erasing]) await one.tick();
      await resumeRecoveries(ground);
    },
  };
}
