// What to do where Intercom has somebody already: the one table of outcomes, which docs/enrollment.md shows in words.
import { idKey } from '../identity.ts';
import { foldEmail } from './contact.ts';
import { differingFields } from './contact-difference.ts';
import type {
  ContactDraft,
  ContactFields,
  FoundContact,
  IntercomContact,
  OnDuplicate,
} from './contact-draft.ts';

export type Step =
  | { do: 'create' }
  | {
      do: 'use';
      contact: FoundContact;
      /** What is to be written, for it differs; null when nothing is. */
      write: ContactFields | null;
      /** The draft's tags and company are added too. */
      mark: boolean;
      /** A lead becomes a user, with the fields of `write`. */
      convert: boolean;
      unarchive: boolean;
      why: string;
    }
  | { do: 'ask'; candidates: FoundContact[]; why: string }
  | { do: 'refuse'; contact: FoundContact; why: string };

/** Pure: the same contacts in another order lead to the same step. `found` has each contact once. */
export function decide(draft: ContactDraft, found: readonly FoundContact[], on: OnDuplicate): Step {
  const theirs = found.filter((one) => !isSomebodyElse(draft, one)).toSorted(byPrecedence);
  const [chosen] = theirs;
  if (chosen === undefined) return withNobody(found, on);
  if (chosen.blocked)
    return refuse(chosen, 'is blocked in Intercom: it is neither written to nor made again');
  // A stored link was decided upon before: nobody is asked twice.
  if (on.policy === 'ask' && chosen.by !== 'link')
    return { do: 'ask', candidates: theirs, why: `A person has to say who it is: ${counted(theirs)} found` };
  if (chosen.archived && on.archived === 'report') return refuse(chosen, 'is archived in Intercom');
  return use(draft, chosen, on, found, theirs);
}

/** Another person's contact, or by the company's own ids somebody else. A lead's id is Intercom's own and says nothing. */
function isSomebodyElse(draft: ContactDraft, one: FoundContact): boolean {
  if (one.by === 'link') return false;
  if (one.anothers) return true;
  const { externalId } = one;
  return (
    one.role === 'user' &&
    externalId !== null &&
    draft.externalId !== undefined &&
    idKey(externalId) !== idKey(draft.externalId)
  );
}

/** Nobody to be used; but Intercom lets nobody be made who has what another user has. */
function withNobody(found: readonly FoundContact[], on: OnDuplicate): Step {
  const [inTheWay] = found.filter((one) => one.by === 'conflict');
  if (inTheWay === undefined) return { do: 'create' };
  if (inTheWay.blocked) return refuse(inTheWay, 'is blocked in Intercom: it is not made again');
  const why = 'has this email or external id, and is somebody else by what is known here';
  if (on.policy !== 'ask') return refuse(inTheWay, why);
  return { do: 'ask', candidates: [inTheWay], why: `Contact ${inTheWay.id} ${why}` };
}

function refuse(contact: FoundContact, why: string): Step {
  return { do: 'refuse', contact, why: `Contact ${contact.id} ${why}` };
}

function use(
  draft: ContactDraft,
  contact: FoundContact,
  on: OnDuplicate,
  found: readonly FoundContact[],
  theirs: readonly FoundContact[],
): Step {
  const which = `${waysOfFinding[contact.by]}${among(contact, theirs)}`;
  const same = { do: 'use', contact, unarchive: contact.archived } as const;
  if (on.policy === 'nothing')
    return { ...same, write: null, mark: false, convert: false, why: `${which}; nothing is written` };
  const others = found.filter((one) => one.id !== contact.id && one.role === 'user');
  const wanted = draft.role === 'user' && contact.role === 'lead' && on.lead_where_user_wanted === 'convert';
  // Two of one person are brought together by a merge, which cannot be undone: that is for a person to decide.
  const convert = wanted && others.length === 0;
  const user = contact.role === 'user' || convert;
  const fields = differingFields(draft, contact, { fillOnly: on.policy !== 'update', user, convert });
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
        ? [`stays a lead, since contact ${others[0]?.id} is a user: whether to merge is for a person`]
        : []),
      ...(kept > 0 ? [`what contact ${others[0]?.id} has of its email or external id is not taken`] : []),
    ].join('; '),
  };
}

/** What another user has would be a conflict, time and again. */
function withoutOthers(fields: ContactFields, others: readonly IntercomContact[]): ContactFields {
  const { email, externalId, emailVerified, ...rest } = fields;
  const emailTaken = email !== undefined && others.some((one) => foldEmail(one.email) === foldEmail(email));
  const idTaken =
    externalId !== undefined && others.some((one) => idKey(one.externalId) === idKey(externalId));
  return {
    ...rest,
    ...(email === undefined || emailTaken ? {} : { email, ...(emailVerified ? { emailVerified } : {}) }),
    ...(externalId === undefined || idTaken ? {} : { externalId }),
  };
}

const waysOfFinding: Record<FoundContact['by'], string> = {
  link: 'The contact that is linked already',
  'external-id': 'Found by external id',
  email: 'Found by email',
  conflict: 'Intercom has it already',
};
const ranks: Record<FoundContact['by'], number> = { link: 0, 'external-id': 1, email: 2, conflict: 2 };

/** What is surest first: link, external id; then who is there before who is archived, users, and who was active last. */
function byPrecedence(one: FoundContact, other: FoundContact): number {
  return (
    ranks[one.by] - ranks[other.by] ||
    Number(one.archived) - Number(other.archived) ||
    Number(one.role === 'lead') - Number(other.role === 'lead') ||
    lastActive(other) - lastActive(one) ||
    (one.id < other.id ? -1 : 1)
  );
}

const lastActive = (one: FoundContact) => (one.lastActiveAt ?? one.createdAt)?.getTime() ?? 0;

function among(contact: FoundContact, theirs: readonly FoundContact[]): string {
  const alike = theirs.filter((one) => one.role === contact.role && ranks[one.by] === ranks[contact.by]);
  if (alike.length > 1) return `: of ${alike.length} ${contact.role}s the one that was active last`;
  return theirs.length > 1 ? `: of ${theirs.length} contacts the ${contact.role}` : '';
}

function counted(contacts: readonly FoundContact[]): string {
  return contacts.length === 1 ? 'one contact was' : `${contacts.length} contacts were`;
}
