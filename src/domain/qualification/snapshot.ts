// The stored attributes of a contact between two notifications, so that a change can be detected.
import { orderOf } from '../time.ts';
import type { Facts, Value } from './notification.ts';

/** Kept of people's contacts, to tell whether two people are the same or look so. */
export const identityAttributes = ['email', 'external_id', 'phone', 'name'] as const;

const custom = 'custom_attributes.';

/** A missing custom attribute is empty, as Intercom omits empty ones; others keep their last known value. */
export function attributesAfter(before: Facts | null, reported: Facts, names: Iterable<string>): Facts {
  const known = (facts: Facts | null, name: string): [string, Value][] =>
    facts !== null && Object.hasOwn(facts, name) ? [[name, facts[name] ?? null]] : [];
  const kept = [...names].flatMap((name): [string, Value][] => {
    if (Object.hasOwn(reported, name)) return known(reported, name);
    return name.startsWith(custom) ? [[name, null]] : known(before, name);
  });
  return Object.fromEntries(kept);
}

export function withTag(facts: Facts, tagId: string, added: boolean): Facts {
  const others = Array.isArray(facts.tags) ? facts.tags.filter((id) => id !== tagId) : [];
  return { ...facts, tags: added ? [...others, tagId] : others };
}

/** False for a snapshot that was taken before a rule named one of the attributes. */
export function knowsAll(facts: Facts | null, names: readonly string[]): facts is Facts {
  return facts !== null && names.every((name) => Object.hasOwn(facts, name));
}

/** Notifications overtake each other: an older state of a contact never replaces a newer one. */
export function isOlder(at: Date | null, known: Date | null, now: Date): boolean {
  return orderOf(at, known, now) === 'older';
}

/** The two states cannot be told apart by their times; the contact has to be read again. */
export function isUnordered(at: Date | null, known: { updatedAt: Date | null } | null, now: Date): boolean {
  return known !== null && orderOf(at, known.updatedAt, now) === 'unknown';
}

/** Whether every fact in `facts` is stored already, with the same value. */
export function knowsSame(stored: Facts, facts: Facts): boolean {
  return Object.entries(facts).every(
    ([name, value]) => Object.hasOwn(stored, name) && JSON.stringify(stored[name]) === JSON.stringify(value),
  );
}
