// Which fields of a draft a contact does not have: those that an update or a filling has to write, and no other.
import { idKey, phoneKey, tidy } from '../identity.ts';
import { toSeconds } from '../time.ts';
import { isEmpty, isWritten } from '../values.ts';
import { foldEmail } from './contact.ts';
import type { AttributeValue, ContactDraft, ContactFields, IntercomContact } from './contact-draft.ts';

type Ways = {
  /** Only what is empty is written. */
  fillOnly: boolean;
  /** It is a user, or becomes one: only users have an id of the company's and a date of signing up. */
  user: boolean;
  /** It becomes one by this very write: its generated id gives way to the company's, if there is one. */
  convert: boolean;
};

export function differingFields(draft: ContactDraft, contact: IntercomContact, ways: Ways): ContactFields {
  const differs = <T extends string | boolean | null>(given: T | undefined, present: T | null): given is T =>
    given !== undefined && !isWritten(given, present) && (!ways.fillOnly || isEmpty(present));
  const samePhone = draft.phone !== undefined && phoneKey(draft.phone) === phoneKey(contact.phone);
  const { phone, ownerId, avatarUrl, language, unsubscribed, name } = draft;
  const customAttributes = attributesToWrite(draft, contact, ways.fillOnly);
  return {
    ...emailToWrite(draft, contact, ways),
    ...(differs(name, hasMadeUpName(contact) ? null : contact.name) ? { name } : {}),
    ...(!samePhone && differs(phone, contact.phone) ? { phone } : {}),
    ...(differs(ownerId, contact.ownerId) ? { ownerId } : {}),
    ...(differs(avatarUrl, contact.avatarUrl) ? { avatarUrl } : {}),
    ...(differs(language, contact.language) ? { language } : {}),
    ...(differs(unsubscribed, contact.unsubscribed) ? { unsubscribed } : {}),
    ...(ways.user ? usersOwn(draft, contact, ways) : {}),
    ...(Object.keys(customAttributes).length > 0 ? { customAttributes } : {}),
  };
}

/** All fields of a draft, for a contact that is not there yet. */
export function allFields(draft: ContactDraft): ContactFields {
  const { role, company, tags, signedUpAt, customAttributes, ...rest } = draft;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    // Intercom knows no signing up of leads.
    ...(role === 'user' && signedUpAt !== undefined ? { signedUpAt } : {}),
    ...(Object.keys(customAttributes).length > 0 ? { customAttributes } : {}),
  };
}

/**
 * Says the same of who it is as the draft does. Not field by field: Intercom writes some in a form of its own, such as
 * telephone numbers, addresses of pictures and dates.
 */
export function isOfDraft(draft: ContactDraft, contact: IntercomContact): boolean {
  const { role, email, externalId, name, phone } = draft;
  return (
    role === contact.role &&
    (email === undefined || foldEmail(email) === foldEmail(contact.email)) &&
    // A lead's is Intercom's own.
    (externalId === undefined || role === 'lead' || idKey(externalId) === idKey(contact.externalId)) &&
    (name === undefined || tidy(name) === tidy(contact.name ?? '')) &&
    (phone === undefined || phoneKey(phone) === phoneKey(contact.phone))
  );
}

/** That an email is verified cannot be read, and has to be sent together with it. */
function emailToWrite(
  { email, emailVerified }: ContactDraft,
  contact: IntercomContact,
  ways: Ways,
): ContactFields {
  if (email === undefined) return {};
  const same = foldEmail(email) === foldEmail(contact.email);
  if (ways.fillOnly && contact.email !== null) return {};
  if (same && emailVerified === undefined) return {};
  return { email, ...(emailVerified === undefined ? {} : { emailVerified }) };
}

function usersOwn(
  { externalId, signedUpAt }: ContactDraft,
  contact: IntercomContact,
  ways: Ways,
): ContactFields {
  // An id that the company gave is never taken away.
  const idIsFree = contact.externalId === null || ways.convert;
  const signedUp =
    contact.signedUpAt !== null && (ways.fillOnly || sameSecond(contact.signedUpAt, signedUpAt));
  return {
    ...(externalId !== undefined && idIsFree && idKey(externalId) !== idKey(contact.externalId)
      ? { externalId }
      : {}),
    ...(signedUpAt !== undefined && !signedUp ? { signedUpAt } : {}),
  };
}

function attributesToWrite(draft: ContactDraft, contact: IntercomContact, fillOnly: boolean) {
  const changed = Object.entries(draft.customAttributes).filter(([name, value]) => {
    const present = ownValue(contact.customAttributes, name);
    return !isWritten(value, present) && (!fillOnly || isEmpty(present));
  });
  return Object.fromEntries(changed);
}

function ownValue(values: Record<string, AttributeValue>, name: string): AttributeValue {
  return Object.hasOwn(values, name) ? (values[name] ?? null) : null;
}

function sameSecond(one: Date, other: Date | undefined): boolean {
  return other !== undefined && toSeconds(one) === toSeconds(other);
}

/** "Lime Camel from Dublin", or "User qwv0" where a phone app told no name. */
const madeUp = /^(\p{Lu}\p{L}+ \p{Lu}\p{L}+ from \p{Lu}.*|User [a-z0-9]{3,6})$/u;

/** A name that Intercom gave a lead who told none. Today's API shows it as the name, the first one apart. */
function hasMadeUpName({ role, name, pseudonym }: IntercomContact): boolean {
  return role === 'lead' && name !== null && (name === pseudonym || madeUp.test(name));
}
