// Which person of the program an Intercom contact is: by the stored link, then external ID, then email.
import type { Contact } from '../contacts/contact.ts';
import { emailKey, idKey } from '../identity.ts';

export type MatchedBy = 'link' | 'external_id' | 'email';

export type Candidate = {
  id: string;
  contactId: string | null;
  externalId: string | null;
  email: string | null;
  /** A teammate has decided that the person is not this contact, or that another person is. */
  isExcluded?: boolean;
};

export type Match =
  /** More than one id only for stored links: records that a merge combined. */
  | { outcome: 'matched'; by: MatchedBy; personIds: string[] }
  | { outcome: 'several'; by: 'email'; personIds: string[] }
  | { outcome: 'unknown' }
  | { outcome: 'no-identity' };

/** Pure and order-independent: the first kind of match that finds a person decides. */
export function matchContact(
  contact: Pick<Contact, 'id' | 'externalId' | 'email'>,
  candidates: readonly Candidate[],
): Match {
  const linked = candidates.filter((candidate) => candidate.contactId === contact.id);
  if (linked.length > 0) return { outcome: 'matched', by: 'link', personIds: ids(linked) };

  const externalId = idKey(contact.externalId);
  const named = candidates.filter(
    (candidate) => externalId !== null && idKey(candidate.externalId) === externalId && !candidate.isExcluded,
  );
  if (named.length > 0) return { outcome: 'matched', by: 'external_id', personIds: ids(named) };

  const email = emailKey(contact.email);
  const written = candidates.filter((candidate) => email !== null && emailKey(candidate.email) === email);
  const isDecided = written.some(({ isExcluded }) => isExcluded);
  if (written.length === 1 && !isDecided) return { outcome: 'matched', by: 'email', personIds: ids(written) };
  // A single one that a teammate has excluded is still the teammate's to choose.
  if (written.length > 0) return { outcome: 'several', by: 'email', personIds: ids(written) };

  return email === null && externalId === null ? { outcome: 'no-identity' } : { outcome: 'unknown' };
}

/**
 * Further people of a contact that has some already: what Intercom tells of it has come to name them, too. An email
 * that people share says nothing against their external IDs.
 */
export function peopleNamedBy(
  contact: Pick<Contact, 'externalId' | 'email'>,
  candidates: readonly Candidate[],
): string[] {
  const [externalId, email] = [idKey(contact.externalId), emailKey(contact.email)];
  const free = candidates.filter(({ contactId, isExcluded }) => contactId === null && !isExcluded);
  const named = free.filter((person) => externalId !== null && idKey(person.externalId) === externalId);
  const written = free.filter(
    (person) => email !== null && person.externalId === null && emailKey(person.email) === email,
  );
  return ids([...named, ...written]);
}

const ids = (people: readonly Candidate[]) => people.map((candidate) => candidate.id);
