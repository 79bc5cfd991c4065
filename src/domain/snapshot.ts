// What is kept of a contact between two notifications, so that a change can be seen.
import type { Facts } from './notice.ts';

const custom = 'custom_attributes.';

/**
 * The attributes `names` after a notification told `told`. A custom attribute that was not told is empty, since
 * Intercom shows all that are set; another field that was not told is as it was.
 */
export function snapshotAfter(before: Facts | null, told: Facts, names: Iterable<string>): Facts {
  const kept = [...names].map((name) => {
    if (Object.hasOwn(told, name)) return [name, told[name]] as const;
    const known = !name.startsWith(custom) && before !== null && Object.hasOwn(before, name);
    return [name, known ? before[name] : null] as const;
  });
  return Object.fromEntries(kept.map(([name, value]) => [name, value ?? null]));
}

/** Facts with one tag more or less, for a notification that tells of the tag alone. */
export function withTag(facts: Facts, tagId: string, added: boolean): Facts {
  const others = Array.isArray(facts.tags) ? facts.tags.filter((id) => id !== tagId) : [];
  return { ...facts, tags: added ? [...others, tagId] : others };
}

/** Whether a snapshot has all that is needed; one that was taken before a rule named an attribute has not. */
export function knowsAll(facts: Facts | null, names: readonly string[]): facts is Facts {
  return facts !== null && names.every((name) => Object.hasOwn(facts, name));
}

/** Notifications overtake each other: an older state of a contact never replaces a newer one. */
export function isOlder(at: Date | null, known: Date | null): boolean {
  return at !== null && known !== null && at < known;
}
