// A contact's current state, and which leads were merged into it, when a notification does not include enough.
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { type IntercomCall, unexpected } from '../call.ts';
import { withAllTags } from './contact-tags.ts';
import { contactItem, seenContact } from './seen-contact.ts';

/** Null when it is gone or was merged. Rejects with a Failure when Intercom does not respond. */
export async function readContact(call: IntercomCall, id: string): Promise<SeenContact | null> {
  const answer = await call('get', `/contacts/${encodeURIComponent(id)}`);
  if (answer.status === 404 || answer.status === 410) return null;
  const read = contactItem.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return withAllTags(call, seenContact(read.data));
}

const history = z.object({
  data: z.array(z.object({ source_contact_id: z.string() }).nullable().catch(null)),
});

/** The latest few, newest first: https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts */
export async function mergedInto(call: IntercomCall, id: string): Promise<string[]> {
  const answer = await call(
    'get',
    `/contacts/${encodeURIComponent(id)}/merge_history?per_page=10&order=desc`,
  );
  if (answer.status === 404 || answer.status === 410) return [];
  const read = history.safeParse(answer.data);
  if (answer.status !== 200 || !read.success) throw unexpected(answer);
  return read.data.data.flatMap((merge) => (merge === null ? [] : [merge.source_contact_id]));
}
