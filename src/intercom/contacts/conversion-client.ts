// The calls of Intercom's REST API that the conversion of a lead needs.
import { z } from 'zod';
import type { ContactAnswer, ContactRecord, WriteAnswer } from '../../domain/card/conversion.ts';
import type { AttributeValue } from '../../domain/contacts/contact-draft.ts';
import { momentOf, toSeconds } from '../../domain/time.ts';
import { bodyOf, canonicalId, conflictIn, type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { optional } from '../incoming/wire-text.ts';
import { contactPath, isContactId } from './contact-path.ts';
import { readContactBody } from './contact-shape.ts';
import { unarchive } from './contacts.ts';

const text = optional(z.string());
const counted = optional(z.object({ total_count: z.number() }));

const details = z.object({
  updated_at: optional(z.number()),
  tags: counted,
  notes: counted,
  companies: counted,
  social_profiles: optional(z.object({ data: z.array(z.object({ name: z.string() })) })),
});

/** Rejects with a Failure: `unauthorized`, `rate-limited`, `unavailable`, `bad-upstream` (unknown shape). */
export const createConversionClient = (call: IntercomCall) => ({
  contact: (id: string) => findContact(call, id),
  usersByEmail: (email: string) => usersByEmail(call, email),
  changeRole: (id: string, fields: UserFields) => changeRole(call, id, fields),
  merge: (from: string, into: string, isSure: boolean) => merge(call, from, into, isSure),
  setAttributes: (id: string, values: Record<string, AttributeValue>): Promise<WriteAnswer> =>
    write(call, 'put', contactPath(id), { custom_attributes: values }),
  teammateNames: () => teammateNames(call),
  unarchive: (id: string) => unarchive(call, id),
  notes: (contactId: string) => notes(call, contactId),
  addNote: (contactId: string, note: { body: string; adminId: string }) => addNote(call, contactId, note),
});

async function findContact(call: IntercomCall, id: string): Promise<ContactAnswer> {
  if (!isContactId(id)) return { outcome: 'gone' };
  const answer = await call('get', contactPath(id));
  if (answer.status === 200) return { outcome: 'found', contact: readContact(answer.data) };
  if (answer.status === 410) return { outcome: 'merged', into: canonicalId(answer) };
  if (answer.status === 404) return { outcome: 'gone' };
  throw unexpected(answer);
}

const teammates = z.object({
  admins: z.array(z.object({ id: z.union([z.string(), z.number()]), name: optional(z.string()) })),
});

/** By id. */
async function teammateNames(call: IntercomCall): Promise<Map<string, string>> {
  const { admins } = bodyOf(await call('get', '/admins'), teammates);
  return new Map(admins.flatMap(({ id, name }) => (name ? [[String(id), name] as const] : [])));
}

/** Search results lag by minutes, so an empty result proves nothing. */
async function usersByEmail(call: IntercomCall, email: string): Promise<ContactRecord[]> {
  const value = [
    { field: 'email', operator: '=', value: email },
    { field: 'role', operator: '=', value: 'user' },
  ];
  const answer = await call('post', '/contacts/search', {
    query: { operator: 'AND', value },
    pagination: { per_page: 10 },
  });
  return bodyOf(answer, z.object({ data: z.array(z.unknown()) })).data.map(readContact);
}

type UserFields = { email: string | null; externalId: string | null; signedUpAt: Date };

async function changeRole(call: IntercomCall, id: string, fields: UserFields): Promise<WriteAnswer> {
  return write(call, 'put', contactPath(id), {
    role: 'user',
    ...(fields.email === null ? {} : { email: fields.email }),
    ...(fields.externalId === null ? {} : { external_id: fields.externalId }),
    // Intercom does not set it for users created through the API: https://www.intercom.com/help/en/articles/179
    signed_up_at: toSeconds(fields.signedUpAt),
  });
}

/** `isSure` merges them even though they share neither email nor phone number. */
async function merge(call: IntercomCall, from: string, into: string, isSure: boolean): Promise<WriteAnswer> {
  const sure = isSure ? { skip_duplicate_validation: true } : {};
  return write(call, 'post', '/contacts/merge', { from, into, ...sure });
}

async function write(
  call: IntercomCall,
  method: 'post' | 'put',
  path: string,
  data: object,
): Promise<WriteAnswer> {
  const answer = await call(method, path, data);
  if (answer.status === 200) return { outcome: 'done', contact: readContact(answer.data) };
  if (answer.status === 404) return { outcome: 'gone' };
  if (answer.status === 410) return { outcome: 'merged', into: canonicalId(answer) };
  const message = wordsOf(answer);
  if (answer.status !== 409) return { outcome: 'refused', message };
  const { id: withId, archived } = conflictIn(message);
  return { outcome: 'conflict', withId, archived, message };
}

async function notes(call: IntercomCall, contactId: string): Promise<string[]> {
  const answer = await call('get', `${contactPath(contactId)}/notes?per_page=50`);
  const { data } = bodyOf(answer, z.object({ data: z.array(z.object({ body: text })) }));
  return data.map((note) => note.body ?? '');
}

async function addNote(
  call: IntercomCall,
  contactId: string,
  { body, adminId }: { body: string; adminId: string },
): Promise<void> {
  const answer = await call('post', `${contactPath(contactId)}/notes`, { body, admin_id: adminId });
  if (answer.status !== 200) throw unexpected(answer);
}

function readContact(data: unknown): ContactRecord {
  const { id, role, email, phone, name, externalId, createdAt, ownerId, customAttributes } =
    readContactBody(data);
  const { tags, notes, companies, social_profiles, updated_at } = details.parse(data);
  return {
    ...{ id, role, email, phone, name, externalId, createdAt, ownerId, customAttributes },
    counts: {
      tags: tags?.total_count ?? 0,
      notes: notes?.total_count ?? 0,
      companies: companies?.total_count ?? 0,
    },
    socialProfiles: social_profiles?.data.map((profile) => profile.name) ?? [],
    updatedAt: momentOf(updated_at),
  };
}
