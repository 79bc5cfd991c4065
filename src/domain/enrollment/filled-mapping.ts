// Fills the rows of a mapping with the facts about one person, and builds the contact draft from them.
import type { ContactDraft } from '../contacts/contact-draft.ts';
import type { DateOptions } from '../time.ts';
import {
  type ContactAttribute,
  customName,
  type Row,
  type StandardTarget,
  sourcesIn,
  standardTargets,
  type ValueType,
} from './mapping.ts';
import { asText, convert, type Fact, type FieldValue, type Writing } from './mapping-values.ts';

/** Keyed by the names in mapping.ts; a missing key is an unknown fact. */
export type MappingFacts = Readonly<Record<string, Fact>>;

/** `why`: why the row is left out, or what its value lost; null when there is no problem. */
export type FilledRow = { row: Row; value: FieldValue | null; why: string | null };

type Role = ContactDraft['role'];
/** `timeZone` is the workspace's. */
type ZonedDates = DateOptions & { timeZone: string };

/** The type of a target; null for a custom attribute that Intercom does not have. */
export function typeOf(
  to: string,
  attributes: readonly ContactAttribute[],
): { type: ValueType; options: readonly string[] | null } | null {
  const name = customName(to);
  if (name === null) return { type: standardTargets[to as StandardTarget], options: null };
  return attributes.find((attribute) => attribute.name === name) ?? null;
}

/** Dates shown as days are days in the workspace's time zone. */
export function fill(
  rows: readonly Row[],
  facts: MappingFacts,
  attributes: readonly ContactAttribute[],
  role: Role,
  dates: ZonedDates,
): FilledRow[] {
  return rows.map((row) => {
    const unsuited = role === 'lead' ? unsuitedForLeads[row.to] : undefined;
    if (unsuited !== undefined) return { row, value: null, why: unsuited };
    const target = typeOf(row.to, attributes);
    if (target === null) return { row, value: null, why: `${row.to} does not exist in Intercom` };
    const { fact, why } = read(row, facts, dates);
    if (fact === null) return { row, value: null, why };
    const converted = convert(fact, target.type, target.options, writingFor(row.to, dates));
    if ('problem' in converted) return { row, value: null, why: converted.problem };
    return { row, value: converted.value, why: converted.note ?? null };
  });
}

/** https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts */
const unsuitedForLeads: Readonly<Record<string, string>> = {
  signed_up_at: 'Intercom keeps no sign-up date for leads',
};

/** Intercom stores a custom date without a time as the start of that day in UTC, in every time zone. */
export function writingFor(to: string, writing: Writing): Writing {
  return customName(to) === null ? writing : { ...writing, dayZone: 'UTC' };
}

function read(row: Row, facts: MappingFacts, dates: DateOptions): { fact: Fact; why: string | null } {
  if (row.type === 'fixed') return { fact: row.from, why: null };
  const known = (name: string): Fact => {
    const fact = Object.hasOwn(facts, name) ? (facts[name] ?? null) : null;
    return fact === null || asText(fact) === '' ? null : fact;
  };
  if (row.type === 'field') return { fact: known(row.from), why: `${row.from} is not known` };
  // A gap would change what the text says.
  const unknown = sourcesIn(row.from).filter((name) => known(name) === null);
  if (unknown.length > 0) return { fact: null, why: `${unknown.join(', ')} is not known` };
  const text = row.from.replace(/\{([^{}]*)\}/g, (_all, name: string) =>
    asText(known(name.trim()) ?? '', dates),
  );
  return { fact: text, why: null };
}

export function contactDraftOf(role: Role, filled: readonly FilledRow[]): ContactDraft {
  const draft: ContactDraft = { role, customAttributes: {}, tags: [] };
  const company: { id?: string; name?: string } = {};
  for (const { row, value } of filled) {
    if (value === null) continue;
    const name = customName(row.to);
    if (name !== null) draft.customAttributes[name] = value;
    else if (row.to === 'company.id') company.id = String(value);
    else if (row.to === 'company.name') company.name = String(value);
    else setField(draft, row.to, value);
  }
  if (company.id !== undefined) {
    const { id, name } = company;
    // A company is created only when the mapping gives its name.
    draft.company = name === undefined ? { id, create: false } : { id, name, create: true };
  }
  return draft;
}

type Setter = (draft: ContactDraft, value: FieldValue) => void;
type TextField = {
  [K in keyof ContactDraft]-?: string extends ContactDraft[K] ? K : never;
}[keyof ContactDraft];

const setText =
  (field: TextField): Setter =>
  (draft, value) => {
    draft[field] = String(value);
  };

/** Without the company, which is built from two fields. */
const setters: Record<Exclude<StandardTarget, 'company.id' | 'company.name'>, Setter> = {
  email: setText('email'),
  name: setText('name'),
  phone: setText('phone'),
  external_id: setText('externalId'),
  owner_id: setText('ownerId'),
  avatar: setText('avatarUrl'),
  language_override: setText('language'),
  unsubscribed_from_emails(draft, value) {
    draft.unsubscribed = value === true;
  },
  signed_up_at(draft, value) {
    draft.signedUpAt = new Date(Number(value) * 1000);
  },
  tags(draft, value) {
    draft.tags.push(String(value));
  },
};

function setField(draft: ContactDraft, to: string, value: FieldValue): void {
  if (Object.hasOwn(setters, to)) setters[to as keyof typeof setters](draft, value);
}
