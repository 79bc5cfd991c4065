// Recovers missed notifications: reads changed contacts again, and compares both sides.
import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { toSeconds } from '../../domain/time.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { isRecovering, missedContacts, type Recovery, recoveryRows } from '../../store/repair/recoveries.ts';
import { found } from '../found.ts';
import { doPageOnce, enqueuePages, type PageWork } from '../page-work.ts';
import { storeDeliveries } from '../qualification/store-deliveries.ts';
import { query } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { beginSyncCheck } from './sync-check.ts';

/** Each contact has the JSON that Intercom sent. */
type ChangedPage = { contacts: { contact: SeenContact; item: unknown }[]; next: string | null };

export const recoveryWork: PageWork = {
  name: 'recovery',
  rows: recoveryRows,
  step,
  giveUp: (ctx, tx, key, trouble) =>
    recoveryRows.change(tx, key, { state: 'failed', trouble, finishedAt: ctx.now() }, ctx.now()),
};

export type { Recovery };

export const listRecoveries = query(recoveryRows.list);

/** A failed one begins again; what it handled is known. Rejects with `conflict` when it is done, or another is under way. */
export async function resumeRecovery(
  ctx: Context,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<Recovery> {
  const key = { workspaceId, id };
  await ctx.database.transaction(async (tx) => {
    const { state } = found(await recoveryRows.lock(tx, key), 'recovery');
    if (state === 'running') return;
    if (state === 'done') throw new Failure('conflict', 'The recovery is done.');
    if (await isRecovering(tx, workspaceId))
      throw new Failure('conflict', 'Another recovery is in progress. Resume this one afterwards.');
    const begun = {
      state: 'running' as const,
      cursor: null,
      lookAgainAt: null,
      trouble: null,
      finishedAt: null,
    };
    await recoveryRows.change(tx, key, begun, ctx.now());
    await enqueuePages(ctx, tx, 'recovery', key);
    await recordAudit(ctx, tx, workspaceId, actor, 'recovery.resume', id, {});
  });
  return found(await recoveryRows.find(ctx.database.db, workspaceId, id), 'recovery');
}

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const recovery = await recoveryRows.find(ctx.database.db, workspaceId, id);
  if (recovery?.state !== 'running') return 'over';
  const { cursor, lookAgainAt } = recovery;
  const early = (lookAgainAt?.getTime() ?? 0) - ctx.now().getTime();
  if (early > 0) return { waitSeconds: Math.ceil(early / 1000) };
  const page = await ctx.intercom.bulk.contactsChangedSince(workspaceId, firstChange(ctx, recovery), cursor);
  return doPageOnce(ctx, recoveryRows, recovery, (tx) => keepPage(ctx, tx, recovery, page));
}

async function keepPage(
  ctx: Context,
  tx: Tx,
  recovery: Recovery,
  { contacts, next }: ChangedPage,
): Promise<Stepped> {
  const { workspaceId, lookAgainAt } = recovery;
  const since = toSeconds(firstChange(ctx, recovery));
  // Intercom's filter has a resolution of days, and its times one of seconds.
  const changed = contacts.filter(
    ({ contact: { updatedAt } }) => updatedAt === null || toSeconds(updatedAt) >= since,
  );
  const missed = await missedContacts(
    tx,
    workspaceId,
    changed.map(({ contact }) => contact),
    ctx.now(),
  );
  const deliveries = changed
    .filter(({ contact }) => missed.has(contact.id))
    .map(({ contact, item }) => deliveryOf(workspaceId, contact, item));
  const progress = {
    cursor: next,
    seen: recovery.seen + (lookAgainAt === null ? changed.length : 0),
    missed: recovery.missed + (await storeDeliveries(ctx, tx, deliveries)),
    trouble: null,
  };
  if (next !== null) {
    await recoveryRows.change(tx, recovery, progress, ctx.now());
    return 'more';
  }
  if (lookAgainAt !== null) {
    const ended = { state: 'done' as const, finishedAt: ctx.now() };
    await recoveryRows.change(tx, recovery, { ...progress, ...ended }, ctx.now());
    return 'over';
  }
  const syncCheckId = await beginSyncCheck(ctx, tx, workspaceId, null, recovery.cause);
  return lookAgain(ctx, tx, recovery, { ...progress, syncCheckId });
}

/** A second pass is about what the search could not show in the first. */
function firstChange({ timing }: Context, { since, startedAt, lookAgainAt }: Recovery): Date {
  if (lookAgainAt === null) return since;
  return new Date(Math.max(since.getTime(), startedAt.getTime() - timing.searchLagMs));
}

/** Intercom's search shows what changed just before the first pass only after a while. */
async function lookAgain(
  ctx: Context,
  tx: Tx,
  recovery: Recovery,
  progress: Partial<Recovery>,
): Promise<Stepped> {
  const { searchLagMs } = ctx.timing;
  const lookAgainAt = new Date(ctx.now().getTime() + searchLagMs);
  await recoveryRows.change(tx, recovery, { ...progress, cursor: null, lookAgainAt }, ctx.now());
  return { waitSeconds: Math.ceil(searchLagMs / 1000) };
}

/** The missed notification. Its id is the same for the same state of a contact, of which a second may see several. */
function deliveryOf(workspaceId: string, contact: SeenContact, item: unknown): NewDelivery {
  const topic = `contact.${contact.role ?? 'user'}.updated`;
  const state = createHash('sha256').update(JSON.stringify(contact.facts)).digest('base64url').slice(0, 16);
  const id = `missed:${contact.id}:${contact.updatedAt?.getTime() ?? 0}:${state}`;
  const data = { type: 'notification_event_data', item };
  const body = JSON.stringify({ type: 'notification_event', app_id: workspaceId, id, topic, data });
  return { workspaceId, notificationId: id, topic, contactId: contact.id, body: Buffer.from(body) };
}
