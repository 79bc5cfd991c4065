// Rewards fall due with a referral's qualification, and are canceled with its end, in the same transaction.
import type { Context } from '../../context.ts';
import type { HistoryEntry } from '../../domain/program/program.ts';
import type { ReferralStatus } from '../../domain/program/referral.ts';
import {
  type EarnedStatus,
  type RewardRecipient,
  type RewardStatus,
  type RewardTerms,
  rewardAfterStatus,
  rewardOfReferral,
  rewardRecipient,
} from '../../domain/rewards/reward.ts';
import type { Tx } from '../../store/database.ts';
import {
  cancelReward,
  countForLimit,
  insertDueReward,
  insertFirstRewards,
  type ReferralEarnings,
  readEarnings,
} from '../../store/rewards/referral-rewards.ts';
import { planIssues } from './plan-issue.ts';
import { rewardHistory } from './reward-history.ts';

type StatusChange = Pick<HistoryEntry, 'actor' | 'at'> & {
  referralId: string;
  status: ReferralStatus;
  statusAt: Date;
};

/** To be stored with the referral's new status. */
export type Earned = {
  rewardStatus: RewardStatus;
  rewardNote: string | null;
  history: Omit<HistoryEntry, 'id'>[];
};

/** The referral must be locked. */
export async function followStatus(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  change: StatusChange,
  known?: ReferralEarnings,
): Promise<Earned> {
  const earnings = known ?? (await readEarnings(tx, workspaceId, change.referralId));
  const { actor, at, status } = change;
  const history: Earned['history'] = [];
  const statuses: EarnedStatus[] = [];
  const notes: string[] = [];
  const due: string[] = [];
  for (const recipient of rewardRecipient.options) {
    const reward = earnings.earned.find((row) => row.recipient === recipient) ?? null;
    const before = reward?.status ?? null;
    const mayEarn = status === 'qualified' && (before === null || before === 'canceled');
    const { terms, note } = mayEarn
      ? await earnable(tx, workspaceId, change.referralId, earnings, recipient)
      : unearned;
    const after = rewardAfterStatus(before, status, terms !== null);
    if (note !== null) notes.push(note);
    if (after !== null) statuses.push(after);
    if (after === null || after === before) continue;
    const reason = endWords[status];
    if (reward && after === 'canceled') {
      const end = { canceledAt: at, canceledBy: { kind: actor.kind, name: actor.name }, reason };
      await cancelReward(tx, workspaceId, reward.id, end);
    }
    if (terms) {
      const fallen = newReward(ctx, change, earnings, recipient, terms);
      // Neither counted for another one's limit nor issued in this transaction.
      const alone = reward === null && terms.limit_per_person === null && !earnings.autoIssue;
      if (alone) await insertFirstRewards(tx, [{ ...fallen, workspaceId, status: 'due' }]);
      else due.push(await insertDueReward(tx, workspaceId, fallen));
    }
    history.push(rewardHistory(recipient, before, after, { actor, at, reason }));
  }
  if (earnings.autoIssue) await planIssues(ctx, tx, workspaceId, due, 'The reward fell due');
  const rewardNote = notes.length === 0 ? null : notes.join(' ');
  return { rewardStatus: rewardOfReferral(status, statuses), rewardNote, history };
}

function newReward(
  ctx: Context,
  { referralId, statusAt: dueAt }: StatusChange,
  { campaignId, personIds }: ReferralEarnings,
  recipient: RewardRecipient,
  { label, amount, currency }: RewardTerms,
) {
  const personId = personIds[recipient];
  if (personId === null) throw new Error('a reward has no recipient');
  const about = { id: ctx.newId(), referralId, recipient, campaignId, personId };
  return { ...about, label, amount, currency, dueAt };
}

type Earnable = { terms: RewardTerms | null; note: string | null };

const unearned: Earnable = { terms: null, note: null };

const endWords: Record<ReferralStatus, string | null> = {
  pending: 'The referral went back to pending',
  disqualified: 'The referral was disqualified',
  expired: 'The referral expired',
  qualified: null,
};

/** `note` says why the campaign's promise does not hold for this recipient. */
async function earnable(
  tx: Tx,
  workspaceId: string,
  referralId: string,
  { campaignId, promised, personIds }: ReferralEarnings,
  recipient: RewardRecipient,
): Promise<Earnable> {
  const terms = promised[recipient];
  if (terms === null) return unearned;
  const personId = personIds[recipient];
  if (personId === null) return { terms: null, note: 'No referrer to reward.' };
  const limit = terms.limit_per_person;
  if (limit === null) return { terms, note: null };
  const has = await countForLimit(tx, workspaceId, { referralId, campaignId, personId, recipient });
  if (has < limit) return { terms, note: null };
  return { terms: null, note: `The ${recipient} has reached the limit of ${limit} for “${terms.label}”.` };
}
