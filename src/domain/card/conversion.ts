// Converting a lead to a user: predicts the result before anything changes.
import type { IntercomContact } from '../contacts/contact-draft.ts';
import { day } from '../day.ts';
import { emailKey, phoneKey, readEmail, readId, tidy } from '../identity.ts';
import { momentOf } from '../time.ts';
import { dayMs } from '../time-units.ts';
import { type Comparable, type ComparedAs, isEmpty, isWritten, sameValue } from '../values.ts';

export type ContactRecord = Pick<
  IntercomContact,
  'id' | 'role' | 'email' | 'phone' | 'name' | 'externalId' | 'createdAt' | 'ownerId' | 'customAttributes'
> & {
  counts: { tags: number; notes: number; companies: number };
  socialProfiles: string[];
  /** In whole seconds. */
  updatedAt: Date | null;
};

export type Survivor = Pick<ContactRecord, 'id' | 'externalId' | 'email'>;

export type ContactAnswer =
  | { outcome: 'found'; contact: ContactRecord }
  /** Its id answers 410 since the merge; `into` is null when Intercom does not name the survivor. */
  | { outcome: 'merged'; into: string | null }
  | { outcome: 'gone' };

export type WriteAnswer =
  | { outcome: 'done'; contact: ContactRecord }
  /** Another contact owns the email or external_id; no search finds an archived one. */
  | { outcome: 'conflict'; withId: string | null; archived: boolean; message: string }
  | { outcome: 'merged'; into: string | null }
  | { outcome: 'gone' }
  /** In Intercom's words; a retry would not help. */
  | { outcome: 'refused'; message: string };

export type FieldOutcome = {
  field: string;
  lead: string | null;
  user: string | null;
  /** kept: the user's value stays; filled: the lead's value fills a gap; discarded: the lead's value is lost. */
  outcome: 'kept' | 'filled' | 'discarded';
};

type MergeContext = {
  /** Names by id. */
  teammates: ReadonlyMap<string, string>;
  /** Custom attributes that the teammate decides about. */
  chosen: readonly string[];
};

/**
 * The lead's value fills a gap on the user; in a conflict the user's value stays:
 * https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts/mergecontact
 */
export function mergeOutcome(
  lead: ContactRecord,
  user: ContactRecord,
  timeZone: string,
  { teammates, chosen }: MergeContext = { teammates: new Map(), chosen: [] },
): FieldOutcome[] {
  const names = [
    ...new Set([...Object.keys(user.customAttributes), ...Object.keys(lead.customAttributes)]),
  ].sort();
  const compared: [string, Comparable, Comparable][] = [
    ['Name', lead.name, user.name],
    ['Email', lead.email, user.email],
    ['Phone', lead.phone, user.phone],
    ['External ID', lead.externalId, user.externalId],
    ['Owner', owner(lead, teammates), owner(user, teammates)],
    ...names
      .filter((name) => !chosen.includes(name))
      .map((name): [string, Comparable, Comparable] => [name, attribute(lead, name), attribute(user, name)]),
  ];
  return compared.flatMap(([field, ofLead, ofUser]) => {
    if (isEmpty(ofLead) && isEmpty(ofUser)) return [];
    const [lead, user] = [shown(field, ofLead, timeZone), shown(field, ofUser, timeZone)];
    return [{ field, lead, user, outcome: outcome(field, ofLead, ofUser) }];
  });
}

/** An attribute called `constructor` must not be found on contacts that lack it. */
export const attribute = ({ customAttributes }: Pick<ContactRecord, 'customAttributes'>, name: string) =>
  Object.hasOwn(customAttributes, name) ? (customAttributes[name] ?? null) : null;

/** A teammate without a known name appears by the id, which Intercom shows as well. */
const owner = ({ ownerId }: ContactRecord, names: ReadonlyMap<string, string>) =>
  ownerId === null ? null : (names.get(ownerId) ?? `teammate ${ownerId}`);

const comparedAs = new Map<string, ComparedAs>([
  ['Email', 'email'],
  ['Phone', 'phone'],
]);

function outcome(field: string, lead: Comparable, user: Comparable): FieldOutcome['outcome'] {
  if (isEmpty(user)) return 'filled';
  const as = comparedAs.get(field);
  const same = as === undefined ? isWritten(lead, user) : sameValue(as, lead, user);
  return isEmpty(lead) || same ? 'kept' : 'discarded';
}

export function shown(field: string, value: Comparable, timeZone: string): string | null {
  if (isEmpty(value)) return null;
  const at = isMoment(field, value) ? momentOf(value) : null;
  if (at === null) return String(value);
  // A date without a time is stored as the start of its day in UTC.
  return day(at, at.getTime() % dayMs === 0 ? 'UTC' : timeZone);
}

/** Intercom sends date attributes as Unix seconds, and only their names mark them as dates. */
function isMoment(field: string, value: Comparable): boolean {
  // From 2001 to 2065: smaller and larger numbers are amounts.
  return (
    /(^|_)(at|date)$/i.test(field) && Number.isInteger(value) && Number(value) > 1e9 && Number(value) < 3e9
  );
}

/** From 2.16 on, Intercom merges only contacts with the same email or phone, unless the caller overrides the check. */
export function shareIdentifier(lead: ContactRecord, user: ContactRecord): boolean {
  const email = emailKey(lead.email);
  const phone = phoneKey(lead.phone);
  return (
    (email !== null && email === emailKey(user.email)) || (phone !== null && phone === phoneKey(user.phone))
  );
}

export function movedAlong(lead: ContactRecord, referrals: number): string[] {
  const { tags, notes, companies } = lead.counts;
  return [
    'All conversations',
    ...counted(tags, 'tag', 'tags'),
    ...counted(notes, 'note', 'notes'),
    ...counted(companies, 'company', 'companies'),
    ...counted(referrals, 'referral', 'referrals'),
  ];
}

const counted = (count: number, singular: string, plural: string) =>
  count === 0 ? [] : [`${count} ${count === 1 ? singular : plural}`];

/** The channel that rules out a merge, or null. For other channels, Intercom's answer decides. */
export function unmergeableChannel(lead: ContactRecord, conversationChannel: string | null): string | null {
  const facebook = [conversationChannel ?? '', ...lead.socialProfiles].some(
    (name) => name.toLowerCase() === 'facebook',
  );
  return facebook ? 'Facebook' : null;
}

type Field = { value: string; problem: string | null };
export type RoleChange = { email: Field; externalId: Field };

/**
 * Reads the form of a role change. A user needs an email or an external ID of the company's own
 * (https://developers.intercom.com/docs/references/2.1/rest-api/contacts/create-contact).
 */
export function readRoleChange(
  inputs: Record<string, string>,
  needsEmail: boolean,
):
  | { valid: true; given: { email: string | null; externalId: string | null } }
  | { valid: false; tried: RoleChange } {
  const email = needsEmail ? inOneForm(inputs.email, readEmail) : '';
  const externalId = inOneForm(inputs.external_id, readId);
  const nothing = needsEmail && email === '' && externalId === '';
  const tried: RoleChange = {
    email: { value: email, problem: nothing ? 'Enter an email or an external ID.' : problemWithEmail(email) },
    externalId: { value: externalId, problem: problemWithExternalId(externalId) },
  };
  if (tried.email.problem || tried.externalId.problem) return { valid: false, tried };
  return { valid: true, given: { email: email || null, externalId: externalId || null } };
}

/** An unreadable value stays as typed, so that the teammate can correct it. */
function inOneForm(typed: string | undefined, read: typeof readEmail): string {
  const text = tidy(typed ?? '');
  const known = read(text);
  return 'value' in known ? known.value : text;
}

function problemWithEmail(email: string): string | null {
  const read = email === '' ? null : readEmail(email);
  if (read === null || 'value' in read) return null;
  return read.problem === 'is not an email address'
    ? 'This is not an email address.'
    : `This ${read.problem}.`;
}

function problemWithExternalId(externalId: string): string | null {
  const read = externalId === '' ? null : readId(externalId);
  if (read === null || 'value' in read) return null;
  return externalId.length > 255 ? 'An external ID has at most 255 characters.' : `This ${read.problem}.`;
}
