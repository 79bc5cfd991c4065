// Alerts: who wants to be told, chat channels, what was told last, and what there is to tell.
import { and, asc, count, eq, gte, isNull, lt, max, ne, sql } from 'drizzle-orm';
import { type AlertMarks, type AlertTopic, noMarks, usualTopics } from '../../domain/alerts/alert.ts';
import type { Secrets } from '../../secrets.ts';
import type { Queryable, Tx } from '../database.ts';
import { reviews } from '../enrollment/schema-enrollment.ts';
import { owned } from '../owned.ts';
import { rewards } from '../rewards/schema-rewards.ts';
import { deliveries, outages, referrals, runs } from '../schema.ts';
import { teammates } from '../workspace/schema-console.ts';
import { alertChannels, alertChoices, alertsTold } from './schema-alerts.ts';

export type Subscriber = { teammateId: string; email: string; topics: AlertTopic[] };
export type Channel = { id: string; name: string; topics: AlertTopic[]; createdAt: Date };

/** Teammates who may sign in and have an email. */
export async function subscribers(db: Queryable, workspaceId: string): Promise<Subscriber[]> {
  const rows = await db
    .select({
      teammateId: teammates.teammateId,
      email: teammates.email,
      role: teammates.role,
      topics: alertChoices.topics,
    })
    .from(teammates)
    .leftJoin(
      alertChoices,
      owned(alertChoices, { workspaceId: teammates.workspaceId, teammateId: teammates.teammateId }),
    )
    .where(and(eq(teammates.workspaceId, workspaceId), isNull(teammates.removedAt), ne(teammates.email, '')))
    .orderBy(asc(teammates.teammateId));
  return rows.map(({ role, topics, ...person }) => ({ ...person, topics: topics ?? usualTopics(role) }));
}

export async function chooseTopics(tx: Tx, workspaceId: string, teammateId: string, topics: AlertTopic[]) {
  await tx
    .insert(alertChoices)
    .values({ workspaceId, teammateId, topics })
    .onConflictDoUpdate({ target: [alertChoices.workspaceId, alertChoices.teammateId], set: { topics } });
}

const channelColumns = {
  id: alertChannels.id,
  name: alertChannels.name,
  topics: alertChannels.topics,
  createdAt: alertChannels.createdAt,
};

export function channelsOf(db: Queryable, workspaceId: string): Promise<Channel[]> {
  return db
    .select(channelColumns)
    .from(alertChannels)
    .where(eq(alertChannels.workspaceId, workspaceId))
    .orderBy(asc(alertChannels.createdAt), asc(alertChannels.id));
}

export async function findChannel(
  db: Queryable,
  secrets: Secrets,
  workspaceId: string,
  id: string,
): Promise<(Channel & { url: string }) | null> {
  const [found] = await db
    .select({ ...channelColumns, sealedUrl: alertChannels.sealedUrl })
    .from(alertChannels)
    .where(owned(alertChannels, { workspaceId, id }));
  if (!found) return null;
  const { sealedUrl, ...channel } = found;
  return { ...channel, url: secrets.open(workspaceId, sealedUrl) };
}

export async function addChannel(
  tx: Tx,
  secrets: Secrets,
  workspaceId: string,
  { url, ...channel }: Channel & { url: string },
): Promise<void> {
  await tx
    .insert(alertChannels)
    .values({ workspaceId, ...channel, sealedUrl: secrets.seal(workspaceId, url) });
}

/** Returns its name; null when there is none. */
export async function removeChannel(tx: Tx, workspaceId: string, id: string): Promise<string | null> {
  const [removed] = await tx
    .delete(alertChannels)
    .where(owned(alertChannels, { workspaceId, id }))
    .returning({ name: alertChannels.name });
  return removed?.name ?? null;
}

/** Seals again with the current APP_SECRET. `unreadable` channels have to be added again. */
export async function reencryptChannels(db: Queryable, secrets: Secrets) {
  const unreadable: string[] = [];
  let reencrypted = 0;
  const rows = await db.select().from(alertChannels);
  for (const { workspaceId, id, sealedUrl } of rows) {
    if (secrets.sealedWithCurrentKey(sealedUrl)) continue;
    try {
      const fresh = secrets.seal(workspaceId, secrets.open(workspaceId, sealedUrl));
      await db
        .update(alertChannels)
        .set({ sealedUrl: fresh })
        .where(owned(alertChannels, { workspaceId, id, sealedUrl }));
      reencrypted += 1;
    } catch {
      unreadable.push(workspaceId);
    }
  }
  return { total: rows.length, reencrypted, unreadable };
}

/** Locks them, so that of two processes the second sees what the first has told. */
export async function lockMarks(tx: Tx, workspaceId: string): Promise<AlertMarks> {
  await tx.insert(alertsTold).values({ workspaceId, marks: noMarks }).onConflictDoNothing();
  const [found] = await tx
    .select({ marks: alertsTold.marks })
    .from(alertsTold)
    .where(eq(alertsTold.workspaceId, workspaceId))
    .for('update');
  return found?.marks ?? noMarks;
}

export async function saveMarks(tx: Tx, workspaceId: string, marks: AlertMarks): Promise<void> {
  await tx.update(alertsTold).set({ marks }).where(eq(alertsTold.workspaceId, workspaceId));
}

export type Tally = { count: number; newestAt: Date };

/** Failed and not retried, by kind; not the alerts' own. */
export async function failedRunsByKind(
  db: Queryable,
  workspaceId: string,
): Promise<(Tally & { kind: string })[]> {
  const rows = await db
    .select({ kind: runs.kind, count: count(), newestAt: max(runs.finishedAt) })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), sql`${runs.state} = 'failed'`, ne(runs.kind, 'alert')))
    .groupBy(runs.kind);
  return rows.map((row) => ({ ...row, newestAt: row.newestAt ?? new Date(0) }));
}

export async function failedDeliveries(db: Queryable, workspaceId: string): Promise<Tally | null> {
  const [row] = await db
    .select({ count: count(), newestAt: max(deliveries.handledAt) })
    .from(deliveries)
    .where(and(eq(deliveries.workspaceId, workspaceId), sql`${deliveries.state} = 'failed'`));
  return row && row.count > 0 ? { count: row.count, newestAt: row.newestAt ?? new Date(0) } : null;
}

export async function lastingOutages(db: Queryable, workspaceId: string, since: Date) {
  const rows = await db
    .select({ service: outages.service, since: outages.since })
    .from(outages)
    .where(and(eq(outages.workspaceId, workspaceId), lt(outages.since, since)));
  return rows.flatMap((row) => (row.since === null ? [] : [{ service: row.service, since: row.since }]));
}

export async function openReviews(db: Queryable, workspaceId: string) {
  const [row] = await db
    .select({ open: count(), newestAt: max(reviews.askedAt) })
    .from(reviews)
    .where(and(eq(reviews.workspaceId, workspaceId), sql`${reviews.decidedAt} is null`));
  return row ?? { open: 0, newestAt: null };
}

export async function dueRewards(db: Queryable, workspaceId: string) {
  const [row] = await db
    .select({ due: count(), newestAt: max(rewards.dueAt) })
    .from(rewards)
    .where(owned(rewards, { workspaceId, status: 'due' }));
  return row ?? { due: 0, newestAt: null };
}

export async function countsSince(db: Queryable, workspaceId: string, since: Date) {
  const joined = and(eq(referrals.workspaceId, workspaceId), gte(referrals.joinedAt, since));
  const qualified = and(
    owned(referrals, { workspaceId, status: 'qualified' }),
    gte(referrals.statusAt, since),
  );
  const issued = and(owned(rewards, { workspaceId, status: 'issued' }), gte(rewards.issuedAt, since));
  return {
    joined: await db.$count(referrals, joined),
    qualified: await db.$count(referrals, qualified),
    issued: await db.$count(rewards, issued),
  };
}
