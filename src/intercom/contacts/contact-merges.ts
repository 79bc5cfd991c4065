// Follows merges: where a contact is now, and which contacts were merged into one.
// https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts
import { z } from 'zod';
import type { ContactLocation, MergedContacts } from '../../domain/contacts/contact-location.ts';
import { Failure } from '../../failure.ts';
import { bodyOf, canonicalId, type IntercomCall, unexpected } from '../call.ts';
import { optional, wireId } from '../incoming/wire-text.ts';
import { contactPath } from './contact-path.ts';
import { withAllTags } from './contact-tags.ts';
import { contactItem, seenContact } from './seen-contact.ts';

/** Rejects with a Failure when Intercom does not respond. */
export async function locateContact(call: IntercomCall, contactId: string): Promise<ContactLocation> {
  const passed = new Set<string>();
  for (let id: string | null = contactId; id !== null && !passed.has(id); ) {
    passed.add(id);
    const answer = await call('get', contactPath(id));
    if (answer.status === 404) break;
    if (answer.status !== 410) {
      const contact = await withAllTags(call, seenContact(bodyOf(answer, contactItem)));
      return passed.size === 1 ? { state: 'present', contact } : { state: 'merged', survivor: contact };
    }
    id = canonicalId(answer);
    if (id === null) return { state: 'merged', survivor: null };
  }
  return passed.size === 1 ? { state: 'not-found' } : { state: 'merged', survivor: null };
}

const history = z.object({
  data: z.array(z.object({ source_contact_id: wireId }).nullable().catch(null)),
  has_more: optional(z.boolean()),
  next_cursor: optional(z.string()),
});

const perPage = 150;

/** All of them. Null when Intercom does not show the contact, which does not prove that nothing was merged. */
export async function listMerged(call: IntercomCall, contactId: string): Promise<MergedContacts | null> {
  const mergedIds: string[] = [];
  const passed = new Set<string>();
  let id = contactId;
  for (let cursor: string | null = null; ; ) {
    const query = new URLSearchParams({ per_page: String(perPage), ...(cursor !== null && { cursor }) });
    const answer = await call('get', `${contactPath(id)}/merge_history?${query}`);
    if (answer.status === 404) return null;
    if (answer.status === 410) {
      const into = canonicalId(answer);
      passed.add(id);
      if (into === null || passed.has(into)) throw unexpected(answer);
      mergedIds.push(id);
      [id, cursor] = [into, null];
      continue;
    }
    const page = bodyOf(answer, history);
    mergedIds.push(...page.data.flatMap((merge) => merge?.source_contact_id ?? []));
    const next = page.has_more === false ? null : (page.next_cursor ?? null);
    if (next === null) return { contactId: id, mergedIds: [...new Set(mergedIds)] };
    if (next === cursor) throw new Failure('bad-upstream', 'Intercom repeats a page of a merge history');
    cursor = next;
  }
}
