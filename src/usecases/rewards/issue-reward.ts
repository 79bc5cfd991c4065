// The handler of runs that send a reward to the company's own system, which issues it; and what follows when one fails.
import type { Context } from '../../context.ts';
import type { ReferralActor } from '../../domain/program/program.ts';
import { refusalToSend } from '../../domain/rewards/reward.ts';
import {
  eventReferenceIn,
  type RewardEvent,
  rewardEventTypes,
  testEvent,
} from '../../domain/rewards/reward-event.ts';
import { type LoggedRun, type Run, readWork, type WorkOf } from '../../domain/runs/run.ts';
import { hourMs, minuteMs } from '../../domain/time-units.ts';
import { cutText } from '../../domain/words.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { lockRewards, readRewardFacts } from '../../store/rewards/reward-changes.ts';
import { findRewardWebhook } from '../../store/rewards/reward-webhooks.ts';
import { listRewardsById, type Reward } from '../../store/rewards/rewards.ts';
import type { RunHandler } from '../runs/run-handler.ts';
import { writeRewards } from './change-rewards.ts';
import { planIssues } from './plan-issue.ts';

type IssueRun = Run<WorkOf<'issue-reward'>>;
type Found = { event: RewardEvent; id: string } | { refused: string } | { canceled: string };

const byWebhook: ReferralActor = { kind: 'app', id: null, name: 'the reward webhook' };
const waitsMs = [minuteMs, 10 * minuteMs, hourMs, 6 * hourMs];
const shownCharacters = 500;

export const issueReward: RunHandler<'issue-reward'> = async (ctx, run, markAttempted) => {
  const webhook = await findRewardWebhook(ctx.database.db, ctx.secrets, run.workspaceId, ctx.now());
  if (!webhook) return { canceled: 'The reward webhook was removed' };
  const found = await eventOf(ctx, run);
  if (!('event' in found))
    return 'canceled' in found ? { ...found, record: (tx) => lookAgain(ctx, tx, run) } : found;
  const { url, secret, previous } = webhook;
  const { id, event } = found;
  const secrets = previous === null ? [secret] : [secret, previous.secret];
  await markAttempted();
  const sent = { url, secrets, id, event, at: ctx.now() };
  const { status, text } = await ctx.messages.rewardWebhook(sent).catch((error: unknown) => {
    throw later(run, error);
  });
  const reference = eventReferenceIn(text);
  const request = { method: 'POST', to: new URL(url).origin, 'webhook-id': id, data: event };
  const answer = { status, text: cutText(text.replaceAll('\0', '').toWellFormed(), shownCharacters) };
  return { exchange: { request, answer }, record: (tx) => recordIssued(ctx, tx, run, reference) };
};

/** A system that is being deployed, or is down for the night, is asked again; meanwhile a person can see why it waits. */
function later(run: IssueRun, error: unknown): unknown {
  if (!(error instanceof Failure) || error.final) return error;
  const { code, message, exchange, retryAfterSeconds = 0 } = error;
  const usualMs = waitsMs[Math.min(run.attempts, waitsMs.length - 1)] ?? hourMs;
  const seconds = Math.max(retryAfterSeconds, usualMs / 1_000);
  return new Failure(code, message, { ...(exchange && { exchange }), retryAfterSeconds: seconds });
}

async function eventOf(ctx: Context, { id, workspaceId, work, createdAt }: IssueRun): Promise<Found> {
  if (work.rewardId === null) return { event: testEvent(createdAt), id: `test_${id}` };
  const ids = [work.rewardId];
  const [facts] = await readRewardFacts(ctx.database.db, workspaceId, ids);
  const [reward] = await listRewardsById(ctx.database.db, workspaceId, ids);
  if (!facts || !reward) return { canceled: 'The reward is gone' };
  const why = refusalToSend(facts);
  if (why === null) return { event: dueEvent(reward), id: `reward_${reward.id}` };
  const words = `The reward ${why}`;
  // What a person has to look at fails; the rest was decided already, or is sent once it is approved.
  return facts.block === null || facts.status === 'canceled' ? { canceled: words } : { refused: words };
}

/** A reward that is due again since it was read counted on this run to be sent. */
async function lookAgain(ctx: Context, tx: Tx, { workspaceId, work, cause }: IssueRun): Promise<void> {
  if (work.rewardId !== null) await planIssues(ctx, tx, workspaceId, [work.rewardId], cause);
}

function dueEvent(reward: Reward): RewardEvent {
  const { id, referralId, recipient, campaign, person, label, amount, currency } = reward;
  return {
    type: rewardEventTypes.due,
    timestamp: (reward.approvedAt ?? reward.dueAt).toISOString(),
    data: {
      ...{ id, referral_id: referralId, recipient },
      campaign: { id: campaign.id, name: campaign.name },
      person: {
        ...{ id: person.id, name: person.name, email: person.email },
        ...{ external_id: person.externalId, contact_id: person.contactId },
      },
      ...{ label, amount, currency },
    },
  };
}

/** Also of a reward that was canceled while it was sent: it was given, and the list has to say so. */
async function recordIssued(
  ctx: Context,
  tx: Tx,
  { workspaceId, work: { rewardId } }: IssueRun,
  reference: string | null,
): Promise<void> {
  if (rewardId === null) return;
  const locked = await lockRewards(tx, workspaceId, [rewardId]);
  const rewards = locked
    .filter(({ status }) => status !== 'issued')
    .map((reward) => ({ ...reward, reference }));
  const change = { to: 'issued' as const, reason: null, changeId: ctx.newId(), rewards };
  await writeRewards(ctx, tx, workspaceId, change, byWebhook);
}

/** What follows when such a run has failed for good; null for other runs. */
export function failureOfReward(
  ctx: Context,
  run: LoggedRun,
  why: string,
): ((tx: Tx) => Promise<void>) | null {
  const work = readWork(run.work);
  if (work?.kind !== 'issue-reward' || work.rewardId === null) return null;
  const { rewardId } = work;
  return async (tx) => {
    const locked = await lockRewards(tx, run.workspaceId, [rewardId]);
    const rewards = locked
      .filter(({ status }) => status === 'due' || status === 'approved')
      .map((reward) => ({ ...reward, reference: null }));
    const change = { to: 'failed' as const, reason: why, changeId: ctx.newId(), rewards };
    await writeRewards(ctx, tx, run.workspaceId, change, byWebhook);
  };
}
