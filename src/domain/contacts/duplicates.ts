// What to do when Intercom already has a contact: the table of outcomes that docs/enrollment.md describes.
import { emailKey, idKey } from '../identity.ts';
import { differingFields } from './contact-difference.ts';
import type { ContactDraft, ContactFields, FoundContact, OnDuplicate } from './contact-draft.ts';

export type Step =
  | { do: 'create' }
  | {
      do: 'use';
      contact: FoundContact;
      /** Null when no field differs. */
      write: ContactFields | null;
      /** The draft's tags and company are added too. */
      mark: boolean;
      convert: boolean;
      unarchive: boolean;
      why: string;
    }
  | { do: 'review'; candidates: FoundContact[]; why: string }
  | { do: 'refuse'; contact: FoundContact; why: string };

/** Pure: the same contacts in any order lead to the same step. `found` lists each contact once. */
export function decide(draft: ContactDraft, found: readonly FoundContact[], on: OnDuplicate): Step {
  const matches = found.filter((contact) => !isOtherPerson(draft, contact)).toSorted(byPrecedence);
  const [chosen] = matches;
  if (chosen === undefined) return withoutMatch(found, on);
  if (chosen.blocked) return refuse(chosen, 'is blocked in Intercom, so nothing was written or created');
  // A stored link was already decided on: there is no second review.
  if (effects[on.policy].asks && chosen.by !== 'link')
    return {
      do: 'review',
      candidates: matches,
      why: `Possible duplicate: ${counted(matches)} found`,
    };
  // Users may share an email, and nothing says which of them is meant.
  const rivals = matches.filter(
    (match) => match.by === chosen.by && match.role === 'user' && !match.archived,
  );
  if (chosen.role === 'user' && (chosen.by === 'email' || chosen.by === 'phone') && rivals.length > 1)
    return { do: 'review', candidates: matches, why: `${rivals.length} users have this ${chosen.by}` };
  if (chosen.archived && on.archived === 'report')
    return refuse(chosen, chosen.deleted ? deletedWords : 'is archived in Intercom');
  return use(draft, chosen, on, found, matches);
}

/** What each policy does. `writes` also holds for a stored link, about which no policy asks. */
const effects: Record<OnDuplicate['policy'], { asks: boolean; writes: 'nothing' | 'empty' | 'all' }> = {
  nothing: { asks: false, writes: 'nothing' },
  update: { asks: false, writes: 'all' },
  fill: { asks: false, writes: 'empty' },
  review: { asks: true, writes: 'empty' },
};

/** A lead's external ID is Intercom's own and says nothing. */
function isOtherPerson(draft: ContactDraft, contact: FoundContact): boolean {
  if (contact.by === 'link') return false;
  if (contact.belongsToOther) return true;
  const { externalId } = contact;
  return (
    contact.role === 'user' &&
    externalId !== null &&
    draft.externalId !== undefined &&
    idKey(externalId) !== idKey(draft.externalId)
  );
}

/** Intercom creates no contact with the email or external ID of another user. */
function withoutMatch(found: readonly FoundContact[], on: OnDuplicate): Step {
  const [conflicting] = found.filter((contact) => contact.by === 'conflict');
  if (conflicting === undefined) return { do: 'create' };
  if (conflicting.deleted) return refuse(conflicting, deletedWords);
  if (conflicting.blocked) return refuse(conflicting, 'is blocked in Intercom, so it was not created again');
  const why = 'has this email or external ID, but is linked to a different person';
  if (!effects[on.policy].asks) return refuse(conflicting, why);
  return { do: 'review', candidates: [conflicting], why: `Contact ${conflicting.id} ${why}` };
}

const deletedWords = 'was deleted in Intercom, which blocks its email and external ID for about a week';

function refuse(contact: FoundContact, why: string): Step {
  return { do: 'refuse', contact, why: `Contact ${contact.id} ${why}` };
}

function use(
  draft: ContactDraft,
  contact: FoundContact,
  on: OnDuplicate,
  found: readonly FoundContact[],
  matches: readonly FoundContact[],
): Step {
  const which = `${foundByWords[contact.by]}${choiceWords(contact, matches)}`;
  const same = { do: 'use', contact, unarchive: contact.archived } as const;
  const { writes } = effects[on.policy];
  if (writes === 'nothing')
    return { ...same, write: null, mark: false, convert: false, why: `${which}; nothing is written` };
  const others = found.filter((other) => other.id !== contact.id && other.role === 'user');
  const wanted = draft.role === 'user' && contact.role === 'lead' && on.lead_where_user_wanted === 'convert';
  // Combining two contacts of one person takes a merge, which cannot be undone: a teammate must decide.
  const convert = wanted && others.length === 0;
  const user = contact.role === 'user' || convert;
  const fields = differingFields(draft, contact, { fillOnly: writes === 'empty', user, convert });
  const write = user ? withoutOthers(fields, others) : fields;
  const kept = Object.keys(fields).length - Object.keys(write).length;
  return {
    ...same,
    write: Object.keys(write).length > 0 ? write : null,
    mark: true,
    convert,
    why: [
      which,
      ...(wanted && !convert
        ? [`stays a lead, since contact ${others[0]?.id} is a user: a teammate decides whether to merge`]
        : []),
      ...(kept > 0 ? [`what contact ${others[0]?.id} has of its email or external ID is not taken`] : []),
    ].join('; '),
  };
}

/** Drops values that Intercom refuses: another user's external ID, and an email that a conflict was about. */
function withoutOthers(fields: ContactFields, others: readonly FoundContact[]): ContactFields {
  const { email, externalId, emailVerified, ...rest } = fields;
  const emailTaken =
    email !== undefined &&
    others.some((other) => other.by === 'conflict' && emailKey(other.email) === emailKey(email));
  const idTaken =
    externalId !== undefined && others.some((other) => idKey(other.externalId) === idKey(externalId));
  return {
    ...rest,
    ...(email === undefined || emailTaken ? {} : { email, ...(emailVerified ? { emailVerified } : {}) }),
    ...(externalId === undefined || idTaken ? {} : { externalId }),
  };
}

const foundByWords: Record<FoundContact['by'], string> = {
  link: 'Already linked contact',
  'external-id': 'Found by external ID',
  email: 'Found by email',
  phone: 'Found by phone',
  conflict: 'Already in Intercom',
};
const ranks: Record<FoundContact['by'], number> = {
  link: 0,
  'external-id': 1,
  email: 2,
  conflict: 2,
  phone: 3,
};

/** The surest match first; then contacts that are not archived, users, and the last active. */
function byPrecedence(contact: FoundContact, other: FoundContact): number {
  return (
    ranks[contact.by] - ranks[other.by] ||
    Number(contact.archived) - Number(other.archived) ||
    Number(contact.role === 'lead') - Number(other.role === 'lead') ||
    lastActive(other) - lastActive(contact) ||
    (contact.id < other.id ? -1 : 1)
  );
}

const lastActive = (contact: FoundContact) => (contact.lastActiveAt ?? contact.createdAt)?.getTime() ?? 0;

function choiceWords(contact: FoundContact, matches: readonly FoundContact[]): string {
  const alike = matches.filter(
    (match) => match.role === contact.role && ranks[match.by] === ranks[contact.by],
  );
  if (alike.length > 1) return `: of ${alike.length} ${contact.role}s the one that was active last`;
  return matches.length > 1 ? `: of ${matches.length} contacts the ${contact.role}` : '';
}

function counted(contacts: readonly FoundContact[]): string {
  return contacts.length === 1 ? 'one contact was' : `${contacts.length} contacts were`;
}
