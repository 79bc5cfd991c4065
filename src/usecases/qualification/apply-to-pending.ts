// Applies a rule to pending referrals on request, as if their contacts had just been updated.
import type { Context } from '../../context.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { knowsAll } from '../../domain/qualification/snapshot.ts';
import { findSnapshot } from '../../store/qualification/contacts.ts';
import { lockReferral, pendingReferrals } from '../../store/qualification/ruled-referrals.ts';
import { type ActiveRule, enabledRules } from '../../store/qualification/rules.ts';
import { followMerge } from '../contacts/follow-merge.ts';
import { applyRules } from './apply-rules.ts';
import { activeTimeZone } from './installed.ts';

/** `unknown` counts referrals of contacts that could not be read. */
export async function applyToPending(
  ctx: Context,
  workspaceId: string,
  rule: ActiveRule,
): Promise<{ evaluated: number; unknown: number }> {
  const timeZone = (await activeTimeZone(ctx, workspaceId)) ?? 'UTC';
  const result = { evaluated: 0, unknown: 0 };
  for (const { id, contactId } of await pendingReferrals(ctx.database.db, workspaceId, rule.campaignId)) {
    const facts = contactId === null ? null : await factsFor(ctx, workspaceId, contactId, rule);
    if (facts === null) {
      result.unknown += 1;
      continue;
    }
    await ctx.database.preparedTransaction(async (tx) => {
      // It may have been changed, switched off or removed since the request.
      const current = (await enabledRules(tx, workspaceId, ctx.now())).filter((each) => each.id === rule.id);
      const referral = await lockReferral(tx, workspaceId, id);
      const change = { before: facts, after: facts, becameUser: false };
      const referrals = referral ? [referral] : [];
      const which = { workspaceId, timeZone, deliveryId: null, rules: current, referrals, change };
      await applyRules(ctx, tx, { ...which, requested: true });
    });
    result.evaluated += 1;
  }
  return result;
}

/** The last snapshot if complete for the rule, else the contact or its survivor from Intercom. Null when it is gone. */
async function factsFor(
  ctx: Context,
  workspaceId: string,
  contactId: string,
  { definition }: ActiveRule,
): Promise<Facts | null> {
  const snapshot = await findSnapshot(ctx.database.db, workspaceId, contactId);
  if (snapshot && knowsAll(snapshot.facts, attributesOf(definition))) return snapshot.facts;
  const location = await followMerge(ctx, 'background', workspaceId, contactId);
  if (location.state === 'not-found') return null;
  return (location.state === 'present' ? location.contact : location.survivor)?.facts ?? null;
}
