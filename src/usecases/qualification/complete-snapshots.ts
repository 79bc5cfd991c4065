// Completes snapshots with contacts read from Intercom, without overwriting known values.
import type { Context } from '../../context.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import {
  attributesAfter,
  identityAttributes,
  isOlder,
  isUnordered,
} from '../../domain/qualification/snapshot.ts';
import { pastMoment } from '../../domain/time.ts';
import type { Tx } from '../../store/database.ts';
import {
  type ContactSnapshot,
  findSnapshot,
  lockContacts,
  saveSnapshots,
} from '../../store/qualification/contacts.ts';
import { enabledRules } from '../../store/qualification/rules.ts';

/** `stored`: its snapshot just before it was read by id; undefined when a search found it. */
export type ReadContact = { contact: SeenContact; stored?: ContactSnapshot | null };

/**
 * A search shows old values for minutes: contacts that are known to be newer, or that changed lately and have no known order
 * with their snapshot, are read by id.
 */
export async function withCurrentState(
  ctx: Context,
  workspaceId: string,
  found: readonly SeenContact[],
): Promise<ReadContact[]> {
  const contacts: ReadContact[] = [];
  for (const contact of found) {
    const stored = await findSnapshot(ctx.database.db, workspaceId, contact.id);
    const isStale = isOlder(contact.updatedAt, stored?.updatedAt ?? null, ctx.now());
    const read =
      !isStale && isCertain(ctx, { contact }, stored)
        ? null
        : await ctx.intercom.background.readContact(workspaceId, contact.id);
    contacts.push(read === null ? { contact } : { contact: read, stored });
  }
  return contacts;
}

/**
 * Keeps notified values even if Intercom's are newer: their notification would otherwise find no change. A contact
 * that may be older than its snapshot completes nothing, and is read again.
 */
export async function completeSnapshots(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  contacts: readonly ReadContact[],
): Promise<void> {
  const rules = await enabledRules(tx, workspaceId, ctx.now());
  const named = rules.flatMap((rule) => attributesOf(rule.definition));
  const names = [...new Set([...named, ...identityAttributes])];
  const ids = contacts.map(({ contact }) => contact.id);
  const known = await lockContacts(tx, workspaceId, ids);
  const completed = new Map<string, ContactSnapshot>();
  for (const read of contacts) {
    const { id: contactId } = read.contact;
    const { snapshot = null, gone = null } = known.get(contactId) ?? {};
    const complete = gone === null ? completeSnapshot(read.contact, snapshot, names, ctx.now()) : null;
    if (complete === null) continue;
    if (isCertain(ctx, read, snapshot)) completed.set(contactId, complete);
    else await ctx.queue.enqueue(tx, { name: 'read-contact', workspaceId, contactId });
  }
  await saveSnapshots(tx, workspaceId, completed, ctx.now());
}

/** Whether what was read is no older than the snapshot. What changed long ago is what a search shows. */
function isCertain(
  { now, timing }: Context,
  { contact, stored }: ReadContact,
  snapshot: ContactSnapshot | null,
): boolean {
  const { updatedAt } = contact;
  if (!isUnordered(updatedAt, snapshot, now())) return true;
  if (stored !== undefined) return JSON.stringify(stored) === JSON.stringify(snapshot);
  return updatedAt !== null && updatedAt.getTime() < now().getTime() - timing.searchLagMs;
}

/** Null when nothing is added. */
function completeSnapshot(
  { role, updatedAt, facts }: SeenContact,
  before: ContactSnapshot | null,
  names: readonly string[],
  now: Date,
): ContactSnapshot | null {
  if (before === null)
    return {
      role,
      updatedAt: pastMoment(updatedAt, now),
      facts: { ...attributesAfter(null, facts, names), role },
    };
  const missing = names.filter((name) => !Object.hasOwn(before.facts, name));
  if (missing.length === 0 || isOlder(updatedAt, before.updatedAt, now)) return null;
  return { ...before, facts: { ...before.facts, ...attributesAfter(null, facts, missing) } };
}
