// All tags of a contact: Intercom includes at most ten in a contact, and seen-contact.ts ignores a partial list.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/tags
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { bodyOf, type IntercomCall, isGone } from '../call.ts';
import { wireId } from '../incoming/wire-text.ts';

const list = z.object({ data: z.array(z.object({ id: wireId })) });

/** Requests the tags only when some are missing. Rejects with a Failure. */
export async function withAllTags(call: IntercomCall, contact: SeenContact): Promise<SeenContact> {
  if (Object.hasOwn(contact.facts, 'tags')) return contact;
  const answer = await call('get', `/contacts/${encodeURIComponent(contact.id)}/tags`);
  // The contact was deleted in the meantime: the earlier data is its last known state.
  if (isGone(answer)) return contact;
  const tags = bodyOf(answer, list).data.map((tag) => tag.id);
  return { ...contact, facts: { ...contact.facts, tags } };
}
