// The calls of Intercom's REST API that the conversion of a lead needs.
import { z } from 'zod';
import type { ContactAnswer, ContactRecord, WriteAnswer } from '../../domain/card/conversion.ts';
import { toSeconds } from '../../domain/time.ts';
import { Failure } from '../../failure.ts';
import { canonicalId, conflictIn, type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { wireId, wireMoment } from '../wire-text.ts';
import { contactPath, isContactId } from './contact-path.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const textOrNull = z.string().nullish().catch(null);
// Not z.record: it drops an attribute named `__proto__`, which a preview would then not show as discarded.
const attributes = z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null);
const counted = z.object({ total_count: z.number() }).nullish().catch(null);

const contactBody = z.object({
  id: z.string(),
  role: z.enum(['lead', 'user']),
  email: textOrNull,
  phone: textOrNull,
  name: textOrNull,
  external_id: wireId.nullish().catch(null),
  created_at: wireMoment,
  // A number up to 2.15, a string from 2.16 on.
  owner_id: wireId.nullish().catch(null),
  custom_attributes: attributes.nullish().catch(null),
  tags: counted,
  notes: counted,
  companies: counted,
  social_profiles: z
    .object({ data: z.array(z.object({ name: z.string() })) })
    .nullish()
    .catch(null),
});

/**
 * The Intercom client for converting a lead in one workspace. Every call rejects with a Failure: `unauthorized`,
 * `rate-limited`, `unavailable`, or `bad-upstream` for an answer in an unexpected shape.
 */
export function createConversionClient(call: IntercomCall) {
  async function write(method: 'post' | 'put', path: string, data: object): Promise<WriteAnswer> {
    const answer = await call(method, path, data);
    if (answer.status === 200) return { outcome: 'done', contact: readContact(answer.data) };
    if (answer.status === 404) return { outcome: 'gone' };
    if (answer.status === 410) return { outcome: 'merged', into: canonicalId(answer) };
    const message = wordsOf(answer);
    if (answer.status === 409) {
      const { id: withId, archived } = conflictIn(message);
      return { outcome: 'conflict', withId, archived, message };
    }
    return { outcome: 'refused', message };
  }

  return {
    async contact(id: string): Promise<ContactAnswer> {
      if (!isContactId(id)) return { outcome: 'gone' };
      const answer = await call('get', contactPath(id));
      if (answer.status === 200) return { outcome: 'found', contact: readContact(answer.data) };
      if (answer.status === 410) return { outcome: 'merged', into: canonicalId(answer) };
      if (answer.status === 404) return { outcome: 'gone' };
      throw unexpected(answer);
    },

    /** Search results lag by minutes, so an empty result proves nothing. */
    async usersByEmail(email: string): Promise<ContactRecord[]> {
      const value = [
        { field: 'email', operator: '=', value: email },
        { field: 'role', operator: '=', value: 'user' },
      ];
      const answer = await call('post', '/contacts/search', {
        query: { operator: 'AND', value },
        pagination: { per_page: 10 },
      });
      const found = z.object({ data: z.array(z.unknown()) }).safeParse(answer.data);
      if (answer.status !== 200 || !found.success) throw unexpected(answer);
      return found.data.data.map(readContact);
    },

    changeRole: async (
      id: string,
      fields: { email: string | null; externalId: string | null; signedUpAt: Date },
    ): Promise<WriteAnswer> =>
      write('put', contactPath(id), {
        role: 'user',
        ...(fields.email === null ? {} : { email: fields.email }),
        ...(fields.externalId === null ? {} : { external_id: fields.externalId }),
        // Intercom does not set it for users created through the API: https://www.intercom.com/help/en/articles/179
        signed_up_at: toSeconds(fields.signedUpAt),
      }),

    /** `isSure` merges them even though they share neither email nor phone number. */
    merge: (from: string, into: string, isSure: boolean): Promise<WriteAnswer> =>
      write('post', '/contacts/merge', {
        from,
        into,
        ...(isSure ? { skip_duplicate_validation: true } : {}),
      }),

    async unarchive(id: string): Promise<'done' | 'gone'> {
      const answer = await call('post', `${contactPath(id)}/unarchive`);
      if (answer.status === 200) return 'done';
      if (answer.status === 404 || answer.status === 410) return 'gone';
      throw unexpected(answer);
    },

    /** Bodies of the contact's notes, as HTML. */
    async notes(contactId: string): Promise<string[]> {
      const answer = await call('get', `${contactPath(contactId)}/notes?per_page=50`);
      const read = z.object({ data: z.array(z.object({ body: textOrNull })) }).safeParse(answer.data);
      if (answer.status !== 200 || !read.success) throw unexpected(answer);
      return read.data.data.map((note) => note.body ?? '');
    },

    async addNote(contactId: string, note: { body: string; adminId: string }): Promise<void> {
      const answer = await call('post', `${contactPath(contactId)}/notes`, {
        body: note.body,
        admin_id: note.adminId,
      });
      if (answer.status !== 200) throw unexpected(answer);
    },
  };
}

function readContact(data: unknown): ContactRecord {
  const read = contactBody.safeParse(data);
  if (!read.success) {
    throw new Failure('bad-upstream', 'Intercom sent a contact that cannot be read', {
      cause: z.prettifyError(read.error),
    });
  }
  const body = read.data;
  return {
    id: body.id,
    role: body.role,
    email: body.email ?? null,
    phone: body.phone ?? null,
    name: body.name ?? null,
    externalId: body.external_id ?? null,
    createdAt: body.created_at,
    ownerId: body.owner_id ?? null,
    customAttributes: scalarsOf(body.custom_attributes ?? {}),
    counts: {
      tags: body.tags?.total_count ?? 0,
      notes: body.notes?.total_count ?? 0,
      companies: body.companies?.total_count ?? 0,
    },
    socialProfiles: body.social_profiles?.data.map((profile) => profile.name) ?? [],
  };
}

/** References to custom objects are arrays of ids, which a merge preview cannot show. */
function scalarsOf(values: Record<string, unknown>): ContactRecord['customAttributes'] {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const read = scalar.safeParse(value);
      return read.success ? [[name, read.data]] : [];
    }),
  );
}
