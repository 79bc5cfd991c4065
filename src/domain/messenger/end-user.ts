// Who looks at a card in the Messenger, as Intercom signed it.
import type { Contact } from '../contacts/contact.ts';

export type EndUser = Pick<Contact, 'id' | 'role' | 'externalId' | 'email' | 'name'> & {
  /** Signed by the company's server; not verified yet. */
  userToken: string | null;
};

/** Intercom's verification only proves users with an external ID. */
export function provenIdentity(user: EndUser | null): { contactId: string; externalId: string } | null {
  if (user === null || user.role !== 'user' || user.externalId === null) return null;
  return { contactId: user.id, externalId: user.externalId };
}
