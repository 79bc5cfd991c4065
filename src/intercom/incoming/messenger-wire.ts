// Parses Intercom's requests to the Messenger's endpoints, as loosely as they are documented.
import { createDecipheriv, createHash } from 'node:crypto';
import { z } from 'zod';
import { idKey } from '../../domain/identity.ts';
import type { EndUser } from '../../domain/messenger/end-user.ts';
import { wireId as id, optional, storable, wireText as text } from './wire-text.ts';

const person = z.object({
  id,
  external_id: optional(id),
  role: text,
  email: text,
  name: text,
  custom_attributes: optional(z.record(z.string(), z.unknown())),
});

const values = optional(z.record(z.string(), z.unknown()));
const canvas = optional(z.object({ content_url: text, stored_data: values }));

/** Each part is optional: a malformed one is taken for a missing one, never for an error. */
const messengerRequest = z.object({
  workspace_id: optional(id),
  // A live canvas is asked with `contact`, a submit has `user`, and older versions say `customer`.
  contact: optional(person),
  user: optional(person),
  customer: optional(person),
  context: optional(z.object({ location: text, conversation_id: optional(id), locale: text })),
  card_creation_options: values,
  // A live canvas is named `canvas`, everything else `current_canvas`.
  canvas,
  current_canvas: canvas,
  component_id: text,
  input_values: values,
  sheet_values: values,
});

export type MessengerRequest = {
  workspaceId: string | null;
  user: EndUser | null;
  location: string | null;
  conversationId: string | null;
  locale: string | null;
  /** The address of the live canvas, as it came back. */
  contentUrl: string | null;
  storedData: Record<string, string>;
  options: Record<string, string>;
  componentId: string | null;
  inputs: Record<string, string>;
  /** Of checkboxes, the ids of what is ticked. */
  ticked: Record<string, string[]>;
  sheetValues: Record<string, string>;
};

/** Null when the JSON is not an object. */
export function readMessengerRequest(json: unknown): MessengerRequest | null {
  const read = messengerRequest.safeParse(json);
  if (!read.success) return null;
  const body = read.data;
  const user = body.contact ?? body.user ?? body.customer;
  const shown = body.canvas ?? body.current_canvas;
  return {
    workspaceId: body.workspace_id,
    user: user && toEndUser(user),
    location: body.context?.location ?? null,
    conversationId: body.context?.conversation_id ?? null,
    locale: body.context?.locale ?? null,
    contentUrl: shown?.content_url ?? null,
    storedData: texts(shown?.stored_data),
    options: texts(body.card_creation_options),
    componentId: body.component_id,
    inputs: texts(body.input_values),
    ticked: ticks(body.input_values),
    sheetValues: texts(body.sheet_values),
  };
}

/** The company's page sets it on its user: see docs/messenger.md. */
export const tokenAttribute = 'referral_token';

function toEndUser({ custom_attributes, ...contact }: z.infer<typeof person>): EndUser {
  const token = custom_attributes?.[tokenAttribute];
  return {
    id: contact.id,
    role: contact.role === 'lead' || contact.role === 'user' ? contact.role : 'other',
    externalId: idKey(contact.external_id),
    email: contact.email,
    name: contact.name,
    userToken: typeof token === 'string' && token.length <= 4_096 ? token : null,
  };
}

type Values = Record<string, unknown> | null | undefined;

function texts(given: Values): Record<string, string> {
  const kept = Object.entries(given ?? {}).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, storable(value)]] : [],
  );
  return Object.fromEntries(kept);
}

function ticks(given: Values): Record<string, string[]> {
  const kept = Object.entries(given ?? {}).flatMap(([name, value]): [string, string[]][] =>
    Array.isArray(value) ? [[name, value.filter((each) => typeof each === 'string')]] : [],
  );
  return Object.fromEntries(kept);
}

export type SheetRequest = Omit<MessengerRequest, 'user'> & { user: EndUser };

/**
 * Of a sheet's form field. Only the encrypted person is proven, and not when; everything beside it may be forged. Null
 * when it is not from Intercom, or was changed.
 */
export function readSheetRequest(field: unknown, secrets: readonly string[]): SheetRequest | null {
  if (typeof field !== 'string') return null;
  const json = jsonOrNull(field);
  const sealed = z.looseObject({ user: z.string().max(200_000) }).safeParse(json);
  if (!sealed.success) return null;
  const opened = secrets.map((secret) => openUser(sealed.data.user, secret)).find((user) => user !== null);
  const user = person.safeParse(opened);
  const request = readMessengerRequest({ ...sealed.data, user: null, contact: null, customer: null });
  if (!user.success || request === null) return null;
  return { ...request, user: toEndUser(user.data) };
}

/** base64 of IV (12 bytes), text and tag (16), AES-256-GCM under the SHA-256 of the client secret. */
function openUser(sealed: string, secret: string): unknown {
  // Ruby's base64 wraps its lines. Node would skip any other sign, too, so that one person had many tokens.
  const base64 = sealed.replace(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length <= 28) return null;
  try {
    const key = createHash('sha256').update(secret).digest();
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), {
      authTagLength: 16,
    }).setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return jsonOrNull(plain.toString('utf8'));
  } catch {
    return null;
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
