// Who asks through Fin, and whether that is proven. What is not proven gets no personal data.
import { emailKey, idKey } from '../identity.ts';
import type { UserToken } from '../workspace/user-token.ts';

/** A contact as last seen. */
export type AskingContact = {
  id: string;
  role: 'lead' | 'user' | null;
  externalId: string | null;
};

export type NamedBy = { contactId: string | null; userId: string | null; email: string | null };

type Known = {
  /** Null when the contact was never seen, is deleted, or was not named. */
  contact: AskingContact | null;
  /** Every contact with the external ID that was named. */
  withExternalId: readonly AskingContact[];
  /** The contact of each person with the email that was named. */
  withEmail: readonly (AskingContact | null)[];
};

type Terms = { identityVerification: boolean; requireUserToken: boolean; oneTimePasscode: boolean };

export type Asker =
  | {
      verified: true;
      by: 'token' | 'messenger' | 'passcode';
      contactId: string | null;
      externalId: string | null;
    }
  | { verified: false };

const unverified: Asker = { verified: false };

/**
 * A token counts only if it names the same person as the request. Without one, Intercom's own check counts: the contact
 * is a user with an external ID in a workspace with identity verification on. An email proves nothing, unless Fin has
 * sent a passcode to it. A lead is never verified: anyone can claim any email there.
 */
export function identifyAsker(named: NamedBy, known: Known, token: UserToken, terms: Terms): Asker {
  if (token.state === 'invalid' || (terms.requireUserToken && token.state === 'none')) return unverified;
  const contact = contactOf(named, known, terms);
  if (contact === 'none') return unverified;
  if (contact !== null && contact.role !== 'user') return unverified;
  const userId = idKey(named.userId);
  const externalId = contact === null ? userId : idKey(contact.externalId);
  const contactId = contact?.id ?? null;
  if (token.state === 'valid') {
    const isSame = externalId !== null && externalId === idKey(token.userId);
    return isSame ? { verified: true, by: 'token', contactId, externalId } : unverified;
  }
  if (contact === null) return unverified;
  if (terms.identityVerification && externalId !== null)
    return { verified: true, by: 'messenger', contactId, externalId };
  if (terms.oneTimePasscode && emailKey(named.email) !== null)
    return { verified: true, by: 'passcode', contactId, externalId };
  return unverified;
}

/** Null for an external ID of which no contact is known, which a token can prove; `none` when none or two are named. */
function contactOf(
  { contactId, userId, email }: NamedBy,
  { contact, withExternalId, withEmail }: Known,
  { oneTimePasscode }: Terms,
): AskingContact | null | 'none' {
  const named: (AskingContact | null)[] = [];
  if (contactId !== null) named.push(contact);
  if (userId !== null) {
    if (withExternalId.length > 1) return 'none';
    named.push(withExternalId[0] ?? null);
  }
  if (email !== null && oneTimePasscode) {
    if (withEmail.length !== 1) return 'none';
    named.push(withEmail[0] ?? null);
  }
  const [first = null] = named;
  if (named.length === 0 || named.some((each) => each?.id !== first?.id)) return 'none';
  if (first !== null) return first;
  return contactId === null && userId !== null && named.length === 1 ? null : 'none';
}
