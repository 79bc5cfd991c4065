// POST /contacts/search: the page of people that it finds.
import type { Contact, World } from '../../world.ts';
import { newestVersion, read, type Version } from '../call.ts';
import { type Page, pageByCursor } from '../pages.ts';
import { refusal } from '../refusal.ts';
import { queryTest, searchSchema } from './search-body.ts';
import { fieldReader } from './search-field.ts';
import { filterTest } from './search-filter.ts';

/** Looks through `listed`. Throws Intercom's 400s. */
export function searchContacts(
  world: World,
  listed: Contact[],
  version: Version,
  body: unknown,
): Page<Contact> {
  const search = read(searchSchema, body);
  const matches = queryTest<Contact>(search.query, (filter) => filterTest(world, filter));
  const field = search.sort?.field ?? 'created_at';
  const sortBy = (contact: Contact) => {
    const value = fieldReader(world, field)(contact);
    return Array.isArray(value) ? null : value;
  };
  return pageByCursor(listed.filter(matches), {
    key: (contact) => [sortBy(contact), contact.id],
    order: orderOf(search.sort?.order, version),
    perPage: search.pagination?.per_page ?? 50,
    startingAfter: search.pagination?.starting_after,
    moves: true,
  });
}

/** Before 2.16 an order that does not exist was passed over. */
function orderOf(order: string | undefined, version: Version): 'ascending' | 'descending' {
  if (order === 'ascending' || order === 'descending') return order;
  if (order === undefined || version !== newestVersion) return 'descending';
  throw refusal(
    400,
    'invalid_sort_order',
    `Invalid sort order '${order}'. Must be one of: ascending, descending`,
  );
}
