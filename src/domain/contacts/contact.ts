// An Intercom contact with the fields that this app needs.
import { emailKey } from '../identity.ts';

export type Contact = {
  id: string;
  /** `other` is a visitor or an unknown kind: it is shown, never converted. */
  role: 'lead' | 'user' | 'other';
  email: string | null;
  phone: string | null;
  name: string | null;
  externalId: string | null;
};

export type Teammate = { id: string; name: string; email: string };

export function foldEmail(email: string | null | undefined): string | null {
  return emailKey(email);
}
