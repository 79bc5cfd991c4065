// An Intercom contact as this app needs to know it.
import { emailKey } from '../identity.ts';

export type Contact = {
  id: string;
  /** A visitor or a kind that we do not know is `other`: it is shown, never converted. */
  role: 'lead' | 'user' | 'other';
  email: string | null;
  phone: string | null;
  name: string | null;
  externalId: string | null;
};

export type Teammate = { id: string; name: string; email: string };

/** The form in which emails are compared and stored; null when nothing is left. See identity.ts. */
export function foldEmail(email: string | null | undefined): string | null {
  return emailKey(email);
}
