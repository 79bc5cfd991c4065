// Tells a notification that only reports the app's own write from a change by others.
import type { AttributeChange, Value } from '../qualification/notification.ts';

/** A write of the app to a contact. */
export type OwnWrite = {
  readonly id: string;
  /** Intercom's `updated_at` of the contact afterwards, in whole seconds; null while the answer is not known. */
  updatedAt: Date | null;
  isAnswered: boolean;
  /** Whether the write left the attribute at this value. */
  wrote(name: string, value: Value): boolean;
  /** Whether the answer showed the attribute with this value; null while it is not known. */
  showed(name: string, value: Value): boolean | null;
  /** The tag that it added or removed. */
  readonly tag: { id: string; added: boolean } | null;
  /** Attributes, or tags as `tag:` and their id. */
  forget(names: readonly string[]): void;
};

type Told = {
  change: AttributeChange;
  /** Of the contact, as the notification has it. */
  updatedAt: Date | null;
  /** Null unless the notification is about a tag. */
  tag: { id: string; added: boolean } | null;
};

/** Intercom may finish a write a moment after its answer. */
const sameWriteMs = 2_000;

/**
 * Whether the notification reports nothing but writes of the app. What else it shows was so before the write, as far
 * as is known, and no rule looks at it. Whatever a person or another system changed is looked at, also when it
 * comes in the same notification, and when it is an attribute that the app wrote earlier.
 */
export function isOwnWrite(told: Told, writes: readonly OwnWrite[]): boolean {
  const causes = writes.filter((write) => isCause(told, write));
  if (causes.length === 0) return false;
  const { before, after, becameUser } = told.change;
  if (becameUser && !writes.some((write) => write.wrote('role', 'user'))) return false;
  return Object.entries(after).every(([name, value]) => {
    const known = before !== null && Object.hasOwn(before, name);
    const earlier = known ? (before[name] ?? null) : null;
    if (known && isSame(earlier, value)) return true;
    if (name === 'tags') return !known || areOwnTags(earlier, value, writes);
    if (writes.some((write) => write.wrote(name, value))) return true;
    // Seen for the first time: it is news only if it differs from what the write was answered with.
    return !known && causes.every((write) => write.showed(name, value) !== false);
  });
}

const isSame = (left: Value, right: Value) => JSON.stringify(left) === JSON.stringify(right);

/** What others changed, as `OwnWrite.forget` takes it. */
export function changedNames({ before, after }: AttributeChange): string[] {
  if (before === null) return [];
  const names = Object.keys(after).filter(
    (name) => Object.hasOwn(before, name) && !isSame(before[name] ?? null, after[name] ?? null),
  );
  const [earlier = null, later = null] = [before.tags, after.tags];
  const tags = names.includes('tags') ? [...tagsOnlyIn(earlier, later), ...tagsOnlyIn(later, earlier)] : [];
  return [...names, ...tags.map((id) => `tag:${id}`)];
}

/** The tags in the first list that the second one lacks. */
function tagsOnlyIn(some: Value, others: Value): string[] {
  const rest = new Set(Array.isArray(others) ? others : []);
  return Array.isArray(some) ? some.filter((id) => !rest.has(id)) : [];
}

function isCause({ change, updatedAt, tag }: Told, write: OwnWrite): boolean {
  if (write.tag !== null) {
    const { id, added } = write.tag;
    if (tag !== null) return tag.id === id && tag.added === added;
    const before = change.before?.tags ?? null;
    const after = change.after.tags ?? null;
    return (added ? tagsOnlyIn(after, before) : tagsOnlyIn(before, after)).includes(id) && before !== null;
  }
  if (tag !== null) return false;
  if (!write.isAnswered || write.updatedAt === null || updatedAt === null) return !write.isAnswered;
  const later = Math.floor(updatedAt.getTime() / 1_000) * 1_000 - write.updatedAt.getTime();
  return later >= 0 && later <= sameWriteMs;
}

function areOwnTags(before: Value, after: Value, writes: readonly OwnWrite[]): boolean {
  const isOwn = (id: string, added: boolean) =>
    writes.some(({ tag }) => tag !== null && tag.id === id && tag.added === added);
  return (
    tagsOnlyIn(after, before).every((id) => isOwn(id, true)) &&
    tagsOnlyIn(before, after).every((id) => isOwn(id, false))
  );
}
