// Applies a rule to pending referrals on request, as if their contacts had just been updated.
import type { Context } from '../../context.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { knowsAll } from '../../domain/qualification/snapshot.ts';
import type { Tx } from '../../store/database.ts';
import { factsOfContacts, findSnapshot } from '../../store/qualification/contacts.ts';
import {
  countPendingReferrals,
  lockReferral,
  pendingAfter,
  pendingReferrals,
} from '../../store/qualification/ruled-referrals.ts';
import { type ActiveRule, enabledRules } from '../../store/qualification/rules.ts';
import { followMerge } from '../contacts/follow-merge.ts';
import { actsTogether, type Effect, type Effort, rehearse } from '../rehearse.ts';
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

type Meeting = { workspaceId: string; timeZone: string; ruleId: string; referralId: string; facts: Facts };

async function applyToOne(
  ctx: Context,
  tx: Tx,
  { workspaceId, timeZone, ruleId, referralId, facts }: Meeting,
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
  effort: Effort,
  prepare: (ctx: Context, tx: Tx) => Promise<unknown> = async () => {},
): Promise<PendingEffect> {
  const timeZone = (await activeTimeZone(ctx, workspaceId)) ?? 'UTC';
  const pending = await countPendingReferrals(ctx.database.db, workspaceId, campaignId);
  let unread = 0;
  let isPrepared = false;
  const read = {
    rows: [] as PendingReferral[],
    known: new Map<string, Facts>(),
    after: null as string | null,
    isLast: false,
  };
  const readOn = async (tx: Tx) => {
    const which = { after: read.after, limit: readTogether };
    read.rows = rules.length === 0 ? [] : await pendingAfter(tx, workspaceId, campaignId, which);
    read.after = read.rows.at(-1)?.id ?? null;
    read.isLast = read.rows.length < readTogether;
    const contactIds = new Set(read.rows.flatMap(({ contactId }) => contactId ?? []));
    read.known = await factsOfContacts(tx, workspaceId, [...contactIds]);
  };
  const effect = await rehearse(ctx, workspaceId, effort, async (within, tx) => {
    if (!isPrepared) await prepare(within, tx);
    isPrepared = true;
    if (read.rows.length === 0) await readOn(tx);
    const meeting: Meeting[] = [];
    let looked = 0;
    while (meeting.length < actsTogether) {
      const referral = read.rows.shift();
      if (referral === undefined) break;
      looked += 1;
      const facts = referral.contactId === null ? undefined : read.known.get(referral.contactId);
      const readable = rules.filter(({ definition }) => facts && knowsAll(facts, attributesOf(definition)));
      if (readable.length < rules.length) unread += 1;
      if (!facts) continue;
      const met = readable.filter((rule) => isMet(within, timeZone, rule, facts));
      const which = { workspaceId, timeZone, referralId: referral.id, facts };
      meeting.push(...met.map(({ id: ruleId }) => ({ ...which, ruleId })));
    }
    return {
      looked,
      isLast: read.rows.length === 0 && read.isLast,
      referralIds: meeting.map(({ referralId }) => referralId),
      async act() {
        for (const which of meeting) await applyToOne(within, tx, which);
      },
    };
  });
  return { ...effect, pending, unread };
}

const readTogether = 500;
type PendingReferral = Awaited<ReturnType<typeof pendingAfter>>[number];

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
