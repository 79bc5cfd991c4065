// Parses Intercom's requests to the card's endpoints, as loosely as they are documented.
import { z } from 'zod';
import type { Contact, Teammate } from '../../domain/contacts/contact.ts';
import { idKey } from '../../domain/identity.ts';
import type { Facts } from '../../domain/qualification/notification.ts';
import { factsOf } from '../contacts/seen-contact.ts';
import { wireId as id, optional, storable, wireText as text } from './wire-text.ts';

// Loose: rules may name any attribute.
const person = z.looseObject({
  id,
  external_id: optional(id),
  role: text,
  email: text,
  phone: text,
  name: text,
});

const teammate = z.object({ id, name: text, email: text });

const conversation = z.object({
  source: optional(z.object({ type: text })),
  contacts: optional(z.object({ contacts: z.array(z.object({ id, external_id: optional(id) })) })),
});

/** Each part is optional: a malformed one leaves an empty place on the card, never an error. */
const inboxRequest = z.object({
  workspace_id: optional(id),
  admin: optional(teammate),
  // The documentation calls the person `contact` in one table and `customer` in another.
  contact: optional(person),
  customer: optional(person),
  conversation: optional(conversation),
  component_id: text,
  input_values: optional(z.record(z.string(), z.unknown())),
});

export type InboxRequest = {
  workspaceId: string | null;
  teammate: Teammate | null;
  contact: Contact | null;
  /** What the request tells of the contact, for rules; null without a contact. Read only when asked for. */
  facts(): Facts | null;
  /** How the conversation reached Intercom: `conversation`, `email`, `facebook`, … */
  channel: string | null;
  componentId: string | null;
  /** Only texts; the card does not use other values of components. */
  inputs: Record<string, string>;
};

/** Null when the JSON is not an object. */
export function readInboxRequest(json: unknown): InboxRequest | null {
  const read = inboxRequest.safeParse(json);
  if (!read.success) return null;
  const body = read.data;
  const contact = body.contact ?? body.customer;
  return {
    workspaceId: body.workspace_id,
    teammate: body.admin && toTeammate(body.admin),
    contact: contact ? toContact(contact) : onlyParticipant(body.conversation),
    facts: () => (contact ? factsOf(contact) : null),
    channel: body.conversation?.source?.type ?? null,
    componentId: body.component_id,
    inputs: texts(body.input_values ?? {}),
  };
}

function toTeammate({ id, name, email }: z.infer<typeof teammate>): Teammate {
  return { id, name: name ?? 'A teammate', email: email ?? '' };
}

function toContact(contact: z.infer<typeof person>): Contact {
  return {
    id: contact.id,
    role: contact.role === 'lead' || contact.role === 'user' ? contact.role : 'other',
    email: contact.email,
    phone: contact.phone,
    name: contact.name,
    externalId: idKey(contact.external_id),
  };
}

/** Without a contact, the conversation still names its people; a single one must be the contact. */
function onlyParticipant(body: z.infer<typeof conversation> | null): Contact | null {
  const [participant, ...more] = body?.contacts?.contacts ?? [];
  if (!participant || more.length > 0) return null;
  return toContact({ ...participant, role: null, email: null, phone: null, name: null });
}

function texts(values: Record<string, unknown>): Record<string, string> {
  const kept = Object.entries(values).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, storable(value)]));
}

/** Calls about an installation: both carry the workspace's id. */
export const healthCall = z.object({ workspace_id: id });
export const uninstallCall = z.object({ app_id: id });
