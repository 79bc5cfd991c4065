// The custom attributes of a workspace's contacts, and creating those that a mapping names and Intercom lacks.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-attributes

import type { ContactAttribute, NewAttribute, ValueType } from '../../domain/enrollment/mapping.ts';
import { lettersOf } from '../../domain/imports/contact-import.ts';
import type { CallOf } from '../bound-calls.ts';
import { unexpected, wordsOf } from '../call.ts';
import { type DataAttribute, readAttributes } from '../data-attributes.ts';

const types: Readonly<Record<string, ValueType>> = {
  string: 'text',
  options: 'options',
  integer: 'integer',
  float: 'float',
  boolean: 'boolean',
  date: 'date',
  datetime: 'date',
};

/** Intercom returns a list of options as a string with options. */
function toFill({ name, dataType, options }: DataAttribute): ContactAttribute {
  return options === null
    ? { name, type: types[dataType] ?? 'other', options }
    : { name, type: 'options', options };
}

// Attributes rarely change, and without a cache each enrollment would cost an extra call.
const keptMs = 60_000;

/** `sought`: names that the list lacked, although it was read afresh for them. */
type Kept = { at: number; attributes: Promise<ContactAttribute[]>; sought: ReadonlySet<string> };

const maxSought = 1_000;

export function createContactAttributes(callOf: CallOf, now: () => Date) {
  const known = new Map<string, Kept>();

  async function read(workspaceId: string): Promise<ContactAttribute[]> {
    const attributes = await readAttributes(await callOf(workspaceId));
    return attributes.filter((attribute) => attribute.writable).map(toFill);
  }

  function readAfresh(workspaceId: string, sought: ReadonlySet<string>): Promise<ContactAttribute[]> {
    const attributes = read(workspaceId);
    const kept = { at: now().getTime(), attributes, sought };
    known.set(workspaceId, kept);
    // A failed read is not cached, so that the next caller tries again.
    attributes.catch(() => known.get(workspaceId) === kept && known.delete(workspaceId));
    return attributes;
  }

  /** Read afresh, once, where the kept list lacks one of `names`: it may have been made since. */
  async function attributesOf(
    workspaceId: string,
    names: readonly string[] = [],
  ): Promise<ContactAttribute[]> {
    const last = known.get(workspaceId);
    if (!last || now().getTime() - last.at >= keptMs) return readAfresh(workspaceId, new Set(names));
    const attributes = await last.attributes;
    const present = new Set(attributes.map(({ name }) => lettersOf(name)));
    const missing = names.filter((name) => !present.has(lettersOf(name)) && !last.sought.has(name));
    if (missing.length === 0 || last.sought.size > maxSought) return attributes;
    const current = known.get(workspaceId);
    // Others that miss the same wait for the same read.
    if (current && current !== last) return attributesOf(workspaceId, names);
    return readAfresh(workspaceId, new Set([...last.sought, ...missing]));
  }

  return {
    of: attributesOf,
    /** Makes the next read a fresh one. */
    forget: (workspaceId: string): void => void known.delete(workspaceId),

    /** False when the attribute exists already. */
    async create(workspaceId: string, { name, kind, options }: NewAttribute): Promise<boolean> {
      known.delete(workspaceId);
      const call = await callOf(workspaceId);
      const answer = await call('post', '/data_attributes', {
        name,
        model: 'contact',
        data_type: kind,
        description: 'Filled by Referral Desk when a person joins a campaign.',
        // An end user must not be able to say who referred them.
        messenger_writable: false,
        ...(kind === 'options' ? { options: (options ?? []).map((value) => ({ value })) } : {}),
      });
      if (answer.status === 200) return true;
      // Another process may have created it a moment ago.
      if ((await attributesOf(workspaceId)).some((attribute) => attribute.name === name)) return false;
      throw unexpected(answer, `Intercom did not create the attribute ${name}: ${wordsOf(answer)}`);
    },
  };
}
