// Applies a rule to pending referrals on request, as if their contacts had just been updated.
import type { Context } from '../../context.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { knowsAll } from '../../domain/qualification/snapshot.ts';
import type { Tx } from '../../store/database.ts';
import { factsOfContacts, findSnapshot } from '../../store/qualification/contacts.ts';
import { lockReferral, pendingReferrals } from '../../store/qualification/ruled-referrals.ts';
import { type ActiveRule, enabledRules } from '../../store/qualification/rules.ts';
import { followMerge } from '../contacts/follow-merge.ts';
import { type Effect, rehearse } from '../rehearse.ts';
import { applyRules, isMet } from './apply-rules.ts';
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
    const which = { workspaceId, timeZone, ruleId: rule.id, referralId: id, facts };
    await ctx.database.preparedTransaction((tx) => applyToOne(ctx, tx, which));
    result.evaluated += 1;
  }
  return result;
}

async function applyToOne(
  ctx: Context,
  tx: Tx,
  {
    workspaceId,
    timeZone,
    ruleId,
    referralId,
    facts,
  }: { workspaceId: string; timeZone: string; ruleId: string; referralId: string; facts: Facts },
): Promise<void> {
  // It may have been changed, switched off or removed since the request.
  const current = (await enabledRules(tx, workspaceId, ctx.now())).filter(({ id }) => id === ruleId);
  const referral = await lockReferral(tx, workspaceId, referralId);
  const change = { before: facts, after: facts, becameUser: false };
  const referrals = referral ? [referral] : [];
  const which = { workspaceId, timeZone, deliveryId: null, rules: current, referrals, change };
  await applyRules(ctx, tx, { ...which, requested: true });
}

export type PendingEffect = Effect & {
  /** How many referrals are pending in the campaign. */
  pending: number;
  /** Of those looked at: their contacts have to be read, or found, in Intercom first. */
  unread: number;
};

/**
 * What applying the rules one after the other would do. `prepare` is done first, and taken back with the rest. A contact is not read
 * from Intercom for this.
 */
export async function previewOnPending(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  rules: readonly ActiveRule[],
  prepare: (ctx: Context, tx: Tx) => Promise<unknown> = async () => {},
): Promise<PendingEffect> {
  const timeZone = (await activeTimeZone(ctx, workspaceId)) ?? 'UTC';
  const all = await pendingReferrals(ctx.database.db, workspaceId, campaignId);
  let [at, unread, isPrepared] = [0, 0, false];
  const effect = await rehearse(ctx, workspaceId, async (within, tx) => {
    if (!isPrepared) await prepare(within, tx);
    isPrepared = true;
    const page = rules.length === 0 ? [] : all.slice(at, at + lookedAtTogether);
    if (page.length === 0) return null;
    at += page.length;
    const contactIds = [...new Set(page.flatMap(({ contactId }) => contactId ?? []))];
    const known = await factsOfContacts(tx, workspaceId, contactIds);
    const meeting = page.flatMap(({ id: referralId, contactId }) => {
      const facts = contactId === null ? undefined : known.get(contactId);
      const readable = rules.filter(({ definition }) => facts && knowsAll(facts, attributesOf(definition)));
      if (readable.length < rules.length) unread += 1;
      if (!facts) return [];
      const met = readable.filter((rule) => isMet(within, timeZone, rule, facts));
      return met.map(({ id: ruleId }) => ({ workspaceId, timeZone, ruleId, referralId, facts }));
    });
    return {
      looked: page.length,
      referralIds: meeting.map(({ referralId }) => referralId),
      async act() {
        for (const which of meeting) await applyToOne(within, tx, which);
      },
    };
  });
  return { ...effect, pending: all.length, unread };
}

const lookedAtTogether = 500;

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
