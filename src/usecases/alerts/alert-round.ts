// Every minute: finds what teammates and channels have to be told, and records the messages.
import type { Context } from '../../context.ts';
import {
  type Alert,
  type AlertFacts,
  type AlertMarks,
  asksForRewards,
  dueAlerts,
  isDigestDue,
} from '../../domain/alerts/alert.ts';
import { isWorkKind, workKinds } from '../../domain/runs/run.ts';
import { dayMs, minuteMs } from '../../domain/time-units.ts';
import { counted } from '../../domain/words.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import {
  channelsOf,
  countsSince,
  dueRewards,
  failedDeliveries,
  failedRunsByKind,
  lastingOutages,
  lockMarks,
  openReviews,
  saveMarks,
  subscribers,
} from '../../store/alerts/alerts.ts';
import type { Queryable, Tx } from '../../store/database.ts';
import { findInstallation, listWorkspaceIds } from '../../store/workspace/installations.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { planRun } from '../runs/plan-run.ts';

/** Shorter ones end by themselves before a person could act. */
const outageLastsMs = 10 * minuteMs;

export async function tellWhatIsDue(ctx: Context): Promise<void> {
  for (const workspaceId of await listWorkspaceIds(ctx.database.db)) {
    await tellWorkspace(ctx, workspaceId).catch((error: unknown) =>
      ctx.log.warn({ err: error, workspaceId }, 'alerts could not be computed'),
    );
  }
}

async function tellWorkspace(ctx: Context, workspaceId: string): Promise<void> {
  const installation = await findInstallation(ctx.database.db, workspaceId);
  if (installation === null || installation.status === 'uninstalled') return;
  const { timeZone } = installation;
  await ctx.database.transaction(async (tx) => {
    const marks = await lockMarks(tx, workspaceId);
    const clock = { now: ctx.now(), timeZone };
    const facts = await readFacts(ctx, tx, workspaceId, marks, clock);
    const due = dueAlerts(facts, marks, clock);
    if (JSON.stringify(due.marks) !== JSON.stringify(marks)) await saveMarks(tx, workspaceId, due.marks);
    for (const alert of due.alerts) await planAlert(ctx, tx, workspaceId, alert);
  });
}

async function planAlert(ctx: Context, tx: Tx, workspaceId: string, alert: Alert): Promise<void> {
  for (const to of await recipientsOf(ctx, tx, workspaceId, alert.topic)) {
    await planMessage(ctx, tx, workspaceId, { ...alert, to });
  }
}

type Recipient = { teammate: string } | { channel: string };

async function recipientsOf(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  topic: Alert['topic'],
): Promise<Recipient[]> {
  const [people, channels] = [await subscribers(tx, workspaceId), await channelsOf(tx, workspaceId)];
  return [
    ...(ctx.config.mail === null ? [] : people)
      .filter(({ topics }) => topics.includes(topic))
      .map(({ teammateId }) => ({ teammate: teammateId })),
    ...channels.filter(({ topics }) => topics.includes(topic)).map(({ id }) => ({ channel: id })),
  ];
}

/** One run for each recipient, so that a channel that refuses delays no other. */
export async function planMessage(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  {
    to,
    topic,
    key,
    subject,
    lines,
    href,
  }: Omit<Alert, 'topic'> & { topic: Alert['topic'] | 'test'; to: Recipient },
): Promise<string> {
  const recipient = 'teammate' in to ? `teammate ${to.teammate}` : `channel ${to.channel}`;
  const deduplicationKey = `alert:${key}:${recipient}`;
  await planRun(ctx, tx, {
    workspaceId,
    subject: `alert to ${recipient}`,
    deduplicationKey,
    work: { kind: 'alert', to, topic, subject, lines, href },
    cause: topic === 'test' ? 'Test requested by a teammate' : 'An alert',
    // A teammate waits for the result of a test.
    maxAttempts: topic === 'test' ? 1 : attemptsFor('alert', await readSettings(tx, workspaceId), null),
  });
  return deduplicationKey;
}

/** What grows with the program is counted only when it is told. */
async function readFacts(
  ctx: Context,
  db: Queryable,
  workspaceId: string,
  marks: AlertMarks,
  clock: { now: Date; timeZone: string },
): Promise<AlertFacts> {
  const weekAgo = new Date(clock.now.getTime() - 7 * dayMs);
  return {
    troubles: await readTroubles(ctx, db, workspaceId),
    reviews: await openReviews(db, workspaceId),
    rewards: asksForRewards(marks, clock) ? await dueRewards(db, workspaceId) : null,
    week: isDigestDue(marks, clock) ? await countsSince(db, workspaceId, weekAgo) : null,
  };
}

const outageWords = {
  token: 'Intercom refuses this app’s access',
  intercom: 'Intercom takes no calls',
  platform: 'The referral platform takes no calls',
};

async function readTroubles(
  ctx: Context,
  db: Queryable,
  workspaceId: string,
): Promise<AlertFacts['troubles']> {
  const before = new Date(ctx.now().getTime() - outageLastsMs);
  const outages = await lastingOutages(db, workspaceId, before);
  const kinds = await failedRunsByKind(db, workspaceId);
  const deliveries = await failedDeliveries(db, workspaceId);
  return [
    ...outages.map(({ service, since }) => ({
      key: `outage ${service}`,
      words: outageWords[service],
      newestAt: since,
      href: '/console',
    })),
    ...kinds.map(({ kind, count, newestAt }) => ({
      key: `runs ${kind}`,
      words: `${counted(count, 'run', 'runs')} failed: ${isWorkKind(kind) ? workKinds[kind].label : kind}`,
      newestAt,
      href: '/console/run-log?state=failed',
    })),
    ...(deliveries === null
      ? []
      : [
          {
            key: 'deliveries',
            words: `${counted(deliveries.count, 'webhook delivery', 'webhook deliveries')} failed`,
            newestAt: deliveries.newestAt,
            href: '/console/run-log/deliveries?state=failed',
          },
        ]),
  ];
}
