// All tags of a contact: Intercom includes at most ten in a contact, and seen-contact.ts ignores a partial list.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/tags
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { type IntercomCall, unexpected } from '../call.ts';
import { wireId } from '../wire-text.ts';

const list = z.object({ data: z.array(z.object({ id: wireId })) });

/** The contact with all its tags, which are requested only when some are missing. Rejects with a Failure. */
export async function withAllTags(call: IntercomCall, contact: SeenContact): Promise<SeenContact> {
  if (Object.hasOwn(contact.facts, 'tags')) return contact;
  const answer = await call('get', `/contacts/${encodeURIComponent(contact.id)}/tags`);
  // The contact was deleted in the meantime: the earlier data is its last known state.
  if (answer.status === 404 || answer.status === 410) return contact;
  const read = list.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return { ...contact, facts: { ...contact.facts, tags: read.data.data.map((tag) => tag.id) } };
}
