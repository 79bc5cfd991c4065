// A contact's current state, and which leads were merged into it, when a notification does not include enough.
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { bodyOf, type IntercomCall, isGone } from '../call.ts';
import { withAllTags } from './contact-tags.ts';
import { contactItem, seenContact } from './seen-contact.ts';

/** Null when it is gone or was merged. Rejects with a Failure when Intercom does not respond. */
export async function readContact(call: IntercomCall, id: string): Promise<SeenContact | null> {
  const answer = await call('get', `/contacts/${encodeURIComponent(id)}`);
  return isGone(answer) ? null : withAllTags(call, seenContact(bodyOf(answer, contactItem)));
}

const history = z.object({
  data: z.array(z.object({ source_contact_id: z.string() }).nullable().catch(null)),
});

/** Newest first: https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts */
export async function mergedInto(call: IntercomCall, id: string): Promise<string[]> {
  const answer = await call(
    'get',
    `/contacts/${encodeURIComponent(id)}/merge_history?per_page=10&order=desc`,
  );
  if (isGone(answer)) return [];
  return bodyOf(answer, history).data.flatMap((merge) => merge?.source_contact_id ?? []);
}
