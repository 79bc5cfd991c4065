// What an Intercom notification says, in the app's own types.

export type Value = string | number | boolean | null | string[];

/**
 * Keyed by Intercom's search names, `custom_attributes.plan`, and `tags` (by id). Dates are Unix seconds.
 * Null means empty; a missing key means unknown, such as the tags of a contact with more than ten.
 */
export type Facts = Readonly<Record<string, Value>>;

/** `before` is null for an unknown contact. */
export type AttributeChange = { before: Facts | null; after: Facts; becameUser: boolean };

export type SeenContact = {
  id: string;
  role: 'lead' | 'user' | null;
  email: string | null;
  externalId: string | null;
  name: string | null;
  updatedAt: Date | null;
  facts: Facts;
};

export type Notification =
  | { kind: 'seen'; contact: SeenContact; becameUser: boolean }
  /** When the contact itself was not sent, only its id is known. */
  | {
      kind: 'tagged';
      contact: SeenContact | null;
      contactId: string;
      tag: { id: string; name: string };
      added: boolean;
    }
  | { kind: 'merged'; contact: SeenContact; fromId: string | null }
  | { kind: 'archived' | 'unarchived' | 'deleted'; contactId: string; externalId: string | null }
  | { kind: 'company'; contactId: string | null; attached: boolean }
  | { kind: 'ping' }
  | { kind: 'unknown'; topic: string }
  | { kind: 'unreadable'; why: string };
