// The workspace's reward webhook: its address, its signing secret, and a test of both.
import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { dayMs } from '../../domain/time-units.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import {
  findRewardWebhook,
  hasRewardWebhook,
  removeRewardWebhook,
  replaceSecret,
  setRewardWebhook,
} from '../../store/rewards/reward-webhooks.ts';
import { dismissRuns } from '../../store/runs/run-log.ts';
import { found, refuseField } from '../found.ts';
import { query } from '../query.ts';
import { planRun } from '../runs/plan-run.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** `previousUntil`: until when the earlier secret signs, too. */
export type ShownWebhook = { url: string; previousUntil: Date | null };

const previousSignsForMs = dayMs;

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

export const isRewardWebhookSet = query(hasRewardWebhook);

export async function readRewardWebhook(ctx: Context, workspaceId: string): Promise<ShownWebhook | null> {
  const webhook = await findRewardWebhook(ctx.database.db, ctx.secrets, workspaceId, ctx.now());
  return webhook && { url: webhook.url, previousUntil: webhook.previous?.until ?? null };
}

/** Returns the signing secret of a new webhook, which is shown this once; null when only the address changed. */
export async function chooseRewardWebhook(
  ctx: Context,
  workspaceId: string,
  url: string,
  actor: Actor,
): Promise<string | null> {
  // Asked again on every connection; here so that the form can say it.
  if (await ctx.outboundGuard.isPrivateAddress(url)) return refuseField('url', 'leads to a private network');
  const secret = newSecret();
  return ctx.database.transaction(async (tx) => {
    const before = await findRewardWebhook(tx, ctx.secrets, workspaceId, ctx.now());
    if (before?.url === url) return null;
    const isNew = await setRewardWebhook(tx, ctx.secrets, workspaceId, { url, secret, at: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'reward_webhook.set', null, {});
    return isNew ? secret : null;
  });
}

/** Returns the new secret. The one before it signs beside it for a day. */
export async function rotateRewardSecret(ctx: Context, workspaceId: string, actor: Actor): Promise<string> {
  const secret = newSecret();
  const previousUntil = new Date(ctx.now().getTime() + previousSignsForMs);
  await ctx.database.transaction(async (tx) => {
    const isReplaced = await replaceSecret(tx, ctx.secrets, workspaceId, { secret, previousUntil });
    if (!isReplaced) throw new Failure('conflict', 'Set the webhook URL first.');
    await recordAudit(ctx, tx, workspaceId, actor, 'reward_webhook.rotate', null, {});
  });
  return secret;
}

/** Unsent rewards stay due. */
export async function dropRewardWebhook(ctx: Context, workspaceId: string, actor: Actor): Promise<void> {
  await ctx.database.transaction(async (tx) => {
    if (!(await removeRewardWebhook(tx, workspaceId))) return;
    await recordAudit(ctx, tx, workspaceId, actor, 'reward_webhook.remove', null, {});
  });
}

const testsWaitMs = 12_000;

/** Resolves once the receiver has accepted a test event. Rejects with `conflict` and why it did not. */
export async function testRewardWebhook(ctx: Context, workspaceId: string): Promise<void> {
  const { db } = ctx.database;
  found((await hasRewardWebhook(db, workspaceId)) || null, 'reward webhook');
  const key = `reward webhook test:${ctx.newId()}`;
  await ctx.database.transaction((tx) =>
    planRun(ctx, tx, {
      ...{ workspaceId, subject: key, deduplicationKey: key },
      work: { kind: 'issue-reward', rewardId: null },
      cause: 'Test requested by a teammate',
      // They wait for the result.
      maxAttempts: 1,
    }),
  );
  const run = await waitForRun(ctx, workspaceId, key, testsWaitMs);
  if (run?.state === 'done') return;
  if (run) await dismissRuns(db, workspaceId, { id: run.id }, 'It was a test; the teammate saw the result');
  const why = run?.error ?? 'No answer yet. The run log shows the result.';
  throw new Failure('conflict', `The test event was not accepted. ${why}`);
}
