// The current state of many contacts at once: a search for fifty costs as much as reading one.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts/searchcontacts
import { z } from 'zod';
import type { SeenContact } from '../../domain/qualification/notification.ts';
import { Failure } from '../../failure.ts';
import { bodyOf, type IntercomCall } from '../call.ts';
import { optional } from '../incoming/wire-text.ts';
import { withAllTags } from './contact-tags.ts';
import { contactItem, seenContact } from './seen-contact.ts';

const maxValues = 50;
/** More than any company has of fifty emails. */
const maxPages = 100;

export const nextPage = optional(z.object({ next: optional(z.object({ starting_after: z.string() })) }));
const page = z.object({ data: z.array(z.unknown()), pages: nextPage });

/** Never finds archived or merged contacts, and new ones only after minutes. Rejects with a Failure. */
export async function searchContacts(
  call: IntercomCall,
  field: 'id' | 'email' | 'external_id',
  values: readonly string[],
): Promise<SeenContact[]> {
  const found: SeenContact[] = [];
  for (const item of await searchItems(call, field, values)) {
    const read = contactItem.safeParse(item);
    if (read.success) found.push(await withAllTags(call, seenContact(read.data)));
  }
  return found;
}

/** The same contacts in the shape that Intercom returns. */
export async function searchItems(
  call: IntercomCall,
  field: string,
  values: readonly string[],
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let from = 0; from < values.length; from += maxValues) {
    found.push(...(await searchOnce(call, field, values.slice(from, from + maxValues))));
  }
  return found;
}

async function searchOnce(call: IntercomCall, field: string, value: readonly string[]): Promise<unknown[]> {
  const found: unknown[] = [];
  let after: string | undefined;
  for (let turn = 0; turn < maxPages; turn += 1) {
    const answer = await call('post', '/contacts/search', {
      query: { field, operator: 'IN', value },
      pagination: { per_page: 150, ...(after === undefined ? {} : { starting_after: after }) },
    });
    const { data, pages } = bodyOf(answer, page);
    found.push(...data);
    const next = pages?.next?.starting_after;
    if (next === undefined) return found;
    if (next === after) break;
    after = next;
  }
  // A part of them would prove nothing about the others.
  throw new Failure('bad-upstream', "Intercom's contact search does not end");
}
