// What a teammate wants to be told, the workspace's chat channels, and tests of both.
import type { Context } from '../../context.ts';
import type { AlertTopic } from '../../domain/alerts/alert.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import {
  addChannel,
  type Channel,
  channelsOf,
  chooseTopics,
  findChannel,
  removeChannel,
  type Subscriber,
  subscribers,
} from '../../store/alerts/alerts.ts';
import type { Tx } from '../../store/database.ts';
import { found, refuseField } from '../found.ts';
import { waitForRun } from '../runs/wait-for-run.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { planMessage } from './alert-round.ts';

export type AlertSettings = {
  /** Null without an email at Intercom. */
  own: Subscriber | null;
  channels: Channel[];
  sendsMail: boolean;
};

export async function readAlertSettings(
  ctx: Context,
  workspaceId: string,
  teammateId: string,
): Promise<AlertSettings> {
  const people = await subscribers(ctx.database.db, workspaceId);
  return {
    own: people.find((each) => each.teammateId === teammateId) ?? null,
    channels: await channelsOf(ctx.database.db, workspaceId),
    sendsMail: ctx.config.mail !== null,
  };
}

export function chooseAlerts(
  ctx: Context,
  workspaceId: string,
  teammate: { id: string },
  topics: AlertTopic[],
  actor: Actor,
): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    const people = await subscribers(tx, workspaceId);
    const before = people.find((each) => each.teammateId === teammate.id)?.topics;
    if (before?.toSorted().join() === topics.toSorted().join()) return;
    await chooseTopics(tx, workspaceId, teammate.id, topics);
    await recordAudit(ctx, tx, workspaceId, actor, 'alerts.choose', null, { topics: namesOf(topics) });
  });
}

const namesOf = (topics: readonly AlertTopic[]) => topics.join(', ') || 'none';

export async function createChannel(
  ctx: Context,
  workspaceId: string,
  { name, url, topics }: { name: string; url: string; topics: AlertTopic[] },
  actor: Actor,
): Promise<void> {
  // Asked again on every connection; here so that the form can say it.
  if (await ctx.outboundGuard.isPrivateAddress(url)) return refuseField('url', 'leads to a private network');
  const id = ctx.newId();
  await ctx.database.transaction(async (tx) => {
    await addChannel(tx, ctx.secrets, workspaceId, { id, name, url, topics, createdAt: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'alerts.add_channel', null, {
      name,
      topics: namesOf(topics),
    });
  });
}

export function deleteChannel(ctx: Context, workspaceId: string, id: string, actor: Actor): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    const name = found(await removeChannel(tx, workspaceId, id), 'channel');
    await recordAudit(ctx, tx, workspaceId, actor, 'alerts.remove_channel', null, { name });
  });
}

const testsWaitMs = 10_000;

/** Resolves once the test is sent. Rejects with `conflict` and the server's words when it is refused. */
export async function testMail(ctx: Context, workspaceId: string, teammateId: string): Promise<void> {
  await sendTest(ctx, workspaceId, { teammate: teammateId });
}

export async function testChannel(ctx: Context, workspaceId: string, id: string): Promise<void> {
  found(await findChannel(ctx.database.db, ctx.secrets, workspaceId, id), 'channel');
  await sendTest(ctx, workspaceId, { channel: id });
}

async function sendTest(
  ctx: Context,
  workspaceId: string,
  to: { teammate: string } | { channel: string },
): Promise<void> {
  const message = {
    topic: 'test' as const,
    key: `test:${ctx.newId()}`,
    subject: 'Test alert',
    lines: ['Alerts from Referral Desk arrive here.'],
    href: '/console/alerts',
  };
  const key = await ctx.database.transaction((tx: Tx) =>
    planMessage(ctx, tx, workspaceId, { ...message, to }),
  );
  const run = await waitForRun(ctx, workspaceId, key, testsWaitMs);
  if (run?.state === 'done') return;
  const why = run?.error ?? 'No answer yet. The run log shows the result.';
  throw new Failure('conflict', `The test was not sent. ${why}`);
}
