// Reads contacts that Fin asks about for the first time: answers come from what is stored.
import type { Context } from '../../context.ts';
import type { NamedBy } from '../../domain/fin/identity.ts';
import { idKey } from '../../domain/identity.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { followMerge } from '../contacts/follow-merge.ts';
import {
  applyUpdate,
  loadTxSnapshot,
  saveTxSnapshot,
  type TxSnapshot,
} from '../qualification/contact-updates.ts';

/** Intercom's ids; whatever else stands there is not looked up. */
const contactIdShape = /^[\da-f]{24}$/i;
const maxRemembered = 5_000;
const notAgainForMs = 10 * 60_000;
const maxAMinute = 60;

/** What was asked for lately, by this process; and how much in the present minute, of each workspace. */
type Memory = { asked: Map<string, number>; inMinute: Map<string, { minute: number; count: number }> };
const memories = new WeakMap<Context['queue'], Memory>();

/** Enqueues the reading. False when it was requested lately, or cannot be. */
export async function requestContact(ctx: Context, workspaceId: string, named: NamedBy): Promise<boolean> {
  const { contactId } = named;
  const externalId = contactId === null ? idKey(named.userId) : null;
  if (contactId === null ? externalId === null : !contactIdShape.test(contactId)) return false;
  if (!mayAsk(ctx, workspaceId, contactId ?? externalId ?? '')) return false;
  await ctx.database.transaction((tx) =>
    ctx.queue.enqueue(tx, { name: 'learn-contact', workspaceId, contactId, externalId }),
  );
  return true;
}

function mayAsk(ctx: Context, workspaceId: string, id: string): boolean {
  const memory = memories.get(ctx.queue) ?? { asked: new Map(), inMinute: new Map() };
  memories.set(ctx.queue, memory);
  const { asked, inMinute } = memory;
  const now = ctx.now().getTime();
  const key = JSON.stringify([workspaceId, id]);
  if ((asked.get(key) ?? 0) > now - notAgainForMs) return false;
  const minute = Math.floor(now / 60_000);
  const present = inMinute.get(workspaceId);
  const count = present?.minute === minute ? present.count : 0;
  if (count >= maxAMinute) return false;
  inMinute.set(workspaceId, { minute, count: count + 1 });
  if (asked.size >= maxRemembered) asked.clear();
  asked.set(key, now);
  return true;
}

/** As if a notification about it had come: it is linked to its person, and rules look at it. Rejects to be retried. */
export async function learnContact(
  ctx: Context,
  workspaceId: string,
  named: { contactId: string | null; externalId: string | null },
): Promise<void> {
  const installation = await findInstallation(ctx.database.db, workspaceId);
  if (installation?.status !== 'active') return;
  const contactId = named.contactId ?? (await findByExternalId(ctx, workspaceId, named.externalId));
  if (contactId === null) return;
  const location = await followMerge(ctx, 'background', workspaceId, contactId);
  if (location.state !== 'present') return;
  const { contact } = location;
  await ctx.database.transaction(async (tx) => {
    const snapshot = await loadTxSnapshot(ctx, tx, workspaceId, installation.timeZone, [contact]);
    await applyUpdate(ctx, tx, snapshot, { contact, becameUser: false, deliveryId: null });
    keepExternalId(snapshot, contact);
    await saveTxSnapshot(ctx, tx, snapshot);
  });
}

async function findByExternalId(ctx: Context, workspaceId: string, externalId: string | null) {
  if (externalId === null) return null;
  const found = await ctx.intercom.background.searchContacts(workspaceId, 'external_id', [externalId]);
  const [user, ...others] = found.filter(({ role }) => role === 'user');
  return user !== undefined && others.length === 0 ? user.id : null;
}

/** Which says whether the contact can be verified, also where the program does not know them. */
function keepExternalId({ contacts, changed }: TxSnapshot, { id, facts }: SeenContact): void {
  const { snapshot = null, gone = null } = contacts.get(id) ?? {};
  if (snapshot === null || gone !== null || Object.hasOwn(snapshot.facts, 'external_id')) return;
  const { external_id = null } = facts;
  changed.set(id, { ...snapshot, facts: { ...snapshot.facts, external_id } });
}
