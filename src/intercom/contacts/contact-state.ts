// A contact's current state, when a notification does not include enough.
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { bodyOf, type IntercomCall, isGone } from '../call.ts';
import { withAllTags } from './contact-tags.ts';
import { contactItem, seenContact } from './seen-contact.ts';

/** Null when it is gone or was merged. Rejects with a Failure when Intercom does not respond. */
export async function readContact(call: IntercomCall, id: string): Promise<SeenContact | null> {
  const answer = await call('get', `/contacts/${encodeURIComponent(id)}`);
  return isGone(answer) ? null : withAllTags(call, seenContact(bodyOf(answer, contactItem)));
}
