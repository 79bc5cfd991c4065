// All tags of a contact: a contact itself shows ten at most, and of more than that seen-contact.ts believes none.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/tags
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { type IntercomCall, unexpected } from '../call.ts';
import { wireId } from '../wire-text.ts';

const list = z.object({ data: z.array(z.object({ id: wireId })) });

/** The contact with its tags, asked for only when they are not all there. Rejects with a Failure. */
export async function withAllTags(call: IntercomCall, contact: SeenContact): Promise<SeenContact> {
  if (Object.hasOwn(contact.facts, 'tags')) return contact;
  const answer = await call('get', `/contacts/${encodeURIComponent(contact.id)}/tags`);
  // Gone meanwhile: what was read is still what there was.
  if (answer.status === 404 || answer.status === 410) return contact;
  const read = list.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return { ...contact, facts: { ...contact.facts, tags: read.data.data.map((tag) => tag.id) } };
}
