// An Intercom contact with the fields that this app needs.

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
