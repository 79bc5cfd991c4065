// Recovers missed notifications: reads changed contacts again, and compares both sides.
import type { Context } from '../../context.ts';
import type { Stepped, WorkKey } from '../../domain/page-work.ts';
import type { NewDelivery } from '../../domain/qualification/delivery.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import type { Tx } from '../../store/database.ts';
import { missedContacts, type Recovery, recoveryRows } from '../../store/repair/recoveries.ts';
import { doPageOnce, type PageWork } from '../page-work.ts';
import { storeDeliveries } from '../qualification/store-deliveries.ts';
import { query } from '../query.ts';
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

export const listRecoveries = query(recoveryRows.list);

async function step(ctx: Context, { workspaceId, id }: WorkKey): Promise<Stepped> {
  const recovery = await recoveryRows.find(ctx.database.db, workspaceId, id);
  if (recovery?.state !== 'running') return 'over';
  const { since, cursor } = recovery;
  const page = await ctx.intercom.bulk.contactsChangedSince(workspaceId, since, cursor);
  return doPageOnce(ctx, recoveryRows, recovery, (tx) => keepPage(ctx, tx, recovery, page));
}

async function keepPage(
  ctx: Context,
  tx: Tx,
  recovery: Recovery,
  { contacts, next }: ChangedPage,
): Promise<Stepped> {
  const { workspaceId, since } = recovery;
  // Intercom's filter has a resolution of days.
  const changed = contacts.filter(({ contact: { updatedAt } }) => updatedAt === null || updatedAt >= since);
  const missed = await missedContacts(
    tx,
    workspaceId,
    changed.map(({ contact }) => contact),
  );
  const deliveries = changed
    .filter(({ contact }) => missed.has(contact.id))
    .map(({ contact, item }) => deliveryOf(workspaceId, contact, item));
  const progress = {
    cursor: next,
    seen: recovery.seen + changed.length,
    missed: recovery.missed + (await storeDeliveries(ctx, tx, deliveries)),
    trouble: null,
  };
  if (next !== null) {
    await recoveryRows.change(tx, recovery, progress, ctx.now());
    return 'more';
  }
  const syncCheckId = await beginSyncCheck(ctx, tx, workspaceId, null, recovery.cause);
  const ended = { state: 'done' as const, syncCheckId, finishedAt: ctx.now() };
  await recoveryRows.change(tx, recovery, { ...progress, ...ended }, ctx.now());
  return 'over';
}

/** The missed notification. Its id is the same for the same state of a contact. */
function deliveryOf(workspaceId: string, contact: SeenContact, item: unknown): NewDelivery {
  const topic = `contact.${contact.role ?? 'user'}.updated`;
  const id = `missed:${contact.id}:${contact.updatedAt?.getTime() ?? 0}`;
  const data = { type: 'notification_event_data', item };
  const body = JSON.stringify({ type: 'notification_event', app_id: workspaceId, id, topic, data });
  return { workspaceId, notificationId: id, topic, contactId: contact.id, body: Buffer.from(body) };
}
