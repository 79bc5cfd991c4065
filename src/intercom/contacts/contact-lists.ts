// Intercom's contacts page by page: all of them, a role, a segment, a search, or those changed since a day.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/searchcontacts
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import type { ContactSelection } from '../../domain/repair/backfill.ts';
import { toSeconds } from '../../domain/time.ts';
import { Failure } from '../../failure.ts';
import { bodyOf, type IntercomCall } from '../call.ts';
import { nextPage } from './contact-search.ts';
import { type ContactItem, contactItem, seenContact } from './seen-contact.ts';

const perPage = 150;

const page = z.object({
  data: z.array(contactItem.transform((item) => [item]).catch([])),
  pages: nextPage,
});

/** `item` is the contact as Intercom sent it. */
type ContactPage = { contacts: { contact: SeenContact; item: ContactItem }[]; next: string | null };

/** In order of creation, no archived or merged ones. `invalid` if Intercom refuses query or cursor. */
export function listContacts(
  call: IntercomCall,
  selection: ContactSelection,
  after: string | null,
): Promise<ContactPage> {
  switch (selection.contacts) {
    case 'all':
      return read(
        call('get', `/contacts?${new URLSearchParams({ per_page: String(perPage), ...cursorOf(after) })}`),
      );
    case 'leads':
      return search(call, { field: 'role', operator: '=', value: 'lead' }, after);
    case 'users':
      return search(call, { field: 'role', operator: '=', value: 'user' }, after);
    case 'segment':
      return search(call, { field: 'segment_id', operator: '=', value: selection.segment_id }, after);
    case 'search':
      return foreignSearch(call, selection.query, after);
  }
}

/**
 * An operator that does not exist is answered as if Intercom were down
 * (https://github.com/intercom/intercom-node/issues/344), so a query from outside that fails twice while another
 * search works is what Intercom refuses.
 */
async function foreignSearch(call: IntercomCall, query: object, after: string | null): Promise<ContactPage> {
  const refused = (error: unknown) =>
    error instanceof Failure && error.code === 'unavailable' && error.exchange?.answer.status === 500;
  try {
    return await search(call, query, after);
  } catch (error) {
    if (!refused(error)) throw error;
    await search(call, { field: 'role', operator: '=', value: 'user' }, null, 1);
    return search(call, query, after).catch((again: unknown) => {
      if (!(again instanceof Failure) || !refused(again)) throw again;
      const { exchange, message } = again;
      const words = `Intercom does not accept this query. Check its operators. ${message}`;
      throw new Failure('invalid', words, { notDone: true, final: true, ...(exchange && { exchange }) });
    });
  }
}

/** The longest possible day, on which the clocks are set back. */
const dayInSeconds = 25 * 3_600;

/** Contacts that changed on that day or later: Intercom compares dates by day, in the workspace's time zone. */
export function contactsChangedSince(
  call: IntercomCall,
  since: Date,
  after: string | null,
): Promise<ContactPage> {
  return search(call, { field: 'updated_at', operator: '>', value: toSeconds(since) - dayInSeconds }, after);
}

/** Contacts with the tag, or with any value in one of these custom attributes, none of which can be a date. */
export function contactsCarrying(
  call: IntercomCall,
  { tagId, attributes }: { tagId: string | null; attributes: readonly string[] },
  after: string | null,
): Promise<ContactPage> {
  const value = [
    ...(tagId === null ? [] : [{ field: 'tag_id', operator: '=', value: tagId }]),
    ...attributes.map((name) => ({ field: `custom_attributes.${name}`, operator: '!=', value: null })),
  ];
  return search(call, { operator: 'OR', value }, after);
}

/** The cursor belongs in the body: in the query string it would return the first page again. */
function search(
  call: IntercomCall,
  query: object,
  after: string | null,
  atMost = perPage,
): Promise<ContactPage> {
  return read(
    call('post', '/contacts/search', {
      query,
      pagination: { per_page: atMost, ...cursorOf(after) },
      sort: { field: 'created_at', order: 'ascending' },
    }),
  );
}

const cursorOf = (after: string | null) => (after === null ? {} : { starting_after: after });

async function read(answer: ReturnType<IntercomCall>): Promise<ContactPage> {
  const { data, pages } = bodyOf(await answer, page);
  const contacts = data.flat().map((item) => ({ contact: seenContact(item), item }));
  return { contacts, next: pages?.next?.starting_after ?? null };
}
