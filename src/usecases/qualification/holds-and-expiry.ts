// Changes caused by time: due holds, and expiring referrals.
import type { Context } from '../../context.ts';
import { explainHolding } from '../../domain/qualification/rule-explanation.ts';
import type { Tx } from '../../store/database.ts';
import { findSnapshot } from '../../store/qualification/contacts.ts';
import {
  dueHolds,
  explainedHolds,
  type Hold,
  holdsOfReferrer,
  lockHold,
} from '../../store/qualification/holds.ts';
import {
  lockReferral,
  type OverdueReferral,
  overdueReferrals,
  setExplanation,
  withdrawRule,
} from '../../store/qualification/ruled-referrals.ts';
import { enabledRules } from '../../store/qualification/rules.ts';
import { requestStatusChange, statusRun } from '../program/change-status.ts';
import { applyRules } from './apply-rules.ts';
import { activeTimeZone } from './installed.ts';

/** One transaction per hold or expiry, safe in several processes. */
export async function reviewHoldsAndExpiry(ctx: Context): Promise<void> {
  for (const hold of await dueHolds(ctx.database.db, ctx.now())) {
    await isolated(ctx, hold.referralId, reviewHold(ctx, hold));
  }
  for (const overdue of await overdueReferrals(ctx.database.db, ctx.now())) {
    await isolated(ctx, overdue.id, expire(ctx, overdue));
  }
}

/** For a person who no longer is the one that kept their referrals from qualifying. */
export async function reviewHoldsOfReferrer(ctx: Context, workspaceId: string, personId: string) {
  for (const hold of await holdsOfReferrer(ctx.database.db, workspaceId, personId)) {
    await isolated(ctx, hold.referralId, reviewHold(ctx, hold));
  }
}

/** A failing referral must not block others. */
async function isolated(ctx: Context, referralId: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) =>
    ctx.log.warn({ err: error, referralId }, 'a waiting period or an expiry could not be processed'),
  );
}

async function reviewHold(ctx: Context, due: Hold): Promise<void> {
  const { workspaceId, referralId } = due;
  const timeZone = await activeTimeZone(ctx, workspaceId);
  if (timeZone === null) return;
  await ctx.database.preparedTransaction(async (tx) => {
    const referral = await lockReferral(tx, workspaceId, referralId);
    const hold = await lockHold(tx, due);
    if (!referral || !hold) return;
    const rules = await enabledRules(tx, workspaceId, ctx.now());
    const contactId = referral.contactId;
    const snapshot = contactId === null ? null : await findSnapshot(tx, workspaceId, contactId);
    // A disabled rule, an archived campaign or a missing contact ends the hold.
    if (!snapshot || !rules.some(({ id }) => id === hold.ruleId)) return withdrawRule(tx, hold);
    const change = { before: snapshot.facts, after: snapshot.facts, becameUser: false };
    const referrals = [referral];
    await applyRules(ctx, tx, { workspaceId, timeZone, deliveryId: null, rules, referrals, change });
  });
}

async function expire(ctx: Context, { workspaceId, id, expiresAfterDays }: OverdueReferral): Promise<void> {
  await ctx.database.preparedTransaction(async (tx) => {
    const referral = await lockReferral(tx, workspaceId, id);
    if (referral?.status !== 'pending') return;
    const reason = `Not qualified within ${expiresAfterDays} days`;
    const { personId, contactId, maxAttempts } = referral;
    const work = { change: 'expire' as const, reason, actor: { kind: 'app' as const, id: null, name: null } };
    const run = { deduplicationKey: `expire:${id}:${referral.round}`, cause: reason, maxAttempts };
    const changed = { workspaceId, referralId: id, personId, contactId };
    await requestStatusChange(ctx, tx, statusRun(changed, work, run));
  });
}

/**
 * The days that holds promise are stored in words: written again when the workspace's time zone changes. Call it in the
 * transaction that changes it.
 */
export async function rewriteHoldDays(
  tx: Tx,
  workspaceId: string,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const explanations = new Map<string, string>();
  for (const { referralId, explanation, name, definition, dueAt } of await explainedHolds(tx, workspaceId)) {
    const promise = (timeZone: string) => explainHolding(name, { dueAt, timeZone }, definition.then);
    const before = explanations.get(referralId) ?? explanation;
    explanations.set(
      referralId,
      before.replace(promise(from), () => promise(to)),
    );
  }
  for (const [id, explanation] of explanations) await setExplanation(tx, workspaceId, id, explanation);
}
