// A contact as Intercom's REST API returns it, in today's shape or its first API's, and the body of a write.
import { z } from 'zod';
import {
  type AttributeValue,
  attributeValue,
  type ContactFields,
  type IntercomContact,
} from '../../domain/contacts/contact-draft.ts';
import { toSeconds } from '../../domain/time.ts';
import { Failure } from '../../failure.ts';
import { optional, storable, wireText as text, wireId, wireMoment } from '../incoming/wire-text.ts';

const flag = optional(z.boolean());
const avatar = optional(
  z.union([
    z.string(),
    z.object({ image_url: z.string().nullish() }).transform((value) => value.image_url ?? null),
  ]),
);
// Not z.record: it drops an attribute named `__proto__`.
const attributes = z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null);

const contactBody = z.object({
  id: wireId,
  type: text,
  role: optional(z.enum(['lead', 'user'])),
  email: text,
  external_id: optional(wireId),
  name: text,
  phone: text,
  // A number up to version 2.15.
  owner_id: optional(wireId),
  avatar,
  unsubscribed_from_emails: flag,
  language_override: text,
  signed_up_at: wireMoment,
  created_at: wireMoment,
  last_seen_at: wireMoment,
  last_replied_at: wireMoment,
  custom_attributes: optional(attributes),
  blocked: flag,
  // Names from API 1.x, which old tools still send.
  user_id: optional(wireId),
  anonymous: flag,
  pseudonym: text,
  last_request_at: wireMoment,
  remote_created_at: wireMoment,
});
type ContactBody = z.output<typeof contactBody>;

/** Throws a Failure `bad-upstream` when the data is not a contact. */
export function readContactBody(data: unknown): IntercomContact {
  const read = contactBody.safeParse(data);
  const role = read.success ? roleOf(read.data) : null;
  if (!read.success || role === null) {
    throw new Failure('bad-upstream', 'Intercom sent a contact that cannot be read', {
      cause: read.success ? 'neither a lead nor a user' : z.prettifyError(read.error),
    });
  }
  const body = read.data;
  return {
    id: body.id,
    role,
    email: body.email,
    externalId: body.external_id ?? body.user_id,
    name: body.name,
    pseudonym: body.pseudonym,
    phone: body.phone,
    ownerId: body.owner_id,
    avatarUrl: body.avatar,
    unsubscribed: body.unsubscribed_from_emails ?? false,
    language: body.language_override,
    signedUpAt: body.signed_up_at ?? body.remote_created_at,
    createdAt: body.created_at,
    lastActiveAt: latest([body.last_seen_at, body.last_replied_at, body.last_request_at]),
    customAttributes: scalarsOf(body.custom_attributes ?? {}),
    blocked: body.blocked ?? false,
  };
}

function roleOf({ role, type, anonymous }: ContactBody): 'lead' | 'user' | null {
  if (role) return role;
  if (anonymous !== null) return anonymous ? 'lead' : 'user';
  return type === 'lead' || type === 'user' ? type : null;
}

function latest(times: readonly (Date | null)[]): Date | null {
  const known = times.flatMap((at) => at?.getTime() ?? []);
  return known.length === 0 ? null : new Date(Math.max(...known));
}

/** References to the company's own objects are lists of ids, which drafts never contain. */
function scalarsOf(values: Record<string, unknown>): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const read = attributeValue.safeParse(value);
      return read.success ? [[storable(name), read.data]] : [];
    }),
  );
}

/** The body of `POST /contacts` and `PUT /contacts/{id}` in version 2.16; neither accepts a language. */
export function contactWrite(fields: ContactFields): Record<string, unknown> {
  const body = {
    email: fields.email,
    email_verified: fields.emailVerified,
    phone: fields.phone,
    name: fields.name,
    external_id: fields.externalId,
    owner_id: fields.ownerId,
    avatar: fields.avatarUrl,
    unsubscribed_from_emails: fields.unsubscribed,
    signed_up_at: fields.signedUpAt && toSeconds(fields.signedUpAt),
    custom_attributes: fields.customAttributes,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
