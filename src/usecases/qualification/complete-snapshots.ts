// Completes snapshots with contacts read from Intercom, without overwriting known values.
import type { Context } from '../../context.ts';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { attributesOf } from '../../domain/qualification/rule.ts';
import { attributesAfter, isOlder } from '../../domain/qualification/snapshot.ts';
import type { Tx } from '../../store/database.ts';
import { type ContactSnapshot, lockContacts, saveSnapshots } from '../../store/qualification/contacts.ts';
import { enabledRules } from '../../store/qualification/rules.ts';

/** Keeps notified values even if Intercom's are newer: their notification would otherwise find no change. */
export async function completeSnapshots(
  ctx: Context,
  tx: Tx,
  workspaceId: string,
  contacts: readonly SeenContact[],
): Promise<void> {
  const rules = await enabledRules(tx, workspaceId);
  const names = [...new Set(rules.flatMap((rule) => attributesOf(rule.definition)))];
  const ids = contacts.map(({ id }) => id);
  const known = await lockContacts(tx, workspaceId, ids);
  const completed = contacts.flatMap((contact): [string, ContactSnapshot][] => {
    const { snapshot = null, gone = null } = known.get(contact.id) ?? {};
    const complete = gone === null ? completeSnapshot(contact, snapshot, names) : null;
    return complete ? [[contact.id, complete]] : [];
  });
  await saveSnapshots(tx, workspaceId, new Map(completed), ctx.now());
}

/** Null when nothing is added. */
function completeSnapshot(
  { role, updatedAt, facts }: SeenContact,
  before: ContactSnapshot | null,
  names: readonly string[],
): ContactSnapshot | null {
  if (before === null) return { role, updatedAt, facts: { ...attributesAfter(null, facts, names), role } };
  const missing = names.filter((name) => !Object.hasOwn(before.facts, name));
  if (missing.length === 0 || isOlder(updatedAt, wholeSecond(before.updatedAt))) return null;
  return { ...before, facts: { ...before.facts, ...attributesAfter(null, facts, missing) } };
}

/** Intercom's API returns whole seconds, its notifications milliseconds. */
function wholeSecond(at: Date | null): Date | null {
  return at && new Date(Math.floor(at.getTime() / 1000) * 1000);
}
