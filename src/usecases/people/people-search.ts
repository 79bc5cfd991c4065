// Finds people by name, email or id, or lists the newest, with their campaigns.
import type { Context } from '../../context.ts';
import type { Place, SortedPage } from '../../domain/people/sorted-list.ts';
import type { Page, PageRequest } from '../../domain/program/program.ts';
import {
  type ListedPerson,
  listPeople,
  namedPeople,
  newestPeople,
  type PeopleFilter,
  type PeopleSort,
  peopleSorts,
  searchPeople,
  sortedPeople,
} from '../../store/people/people-search.ts';

export type { ListedPerson, PeopleSort };
export { peopleSorts };

/** `more`: the search found more than it returns. */
export type FoundPeople = { people: ListedPerson[]; count: number; more: boolean };

export const peoplePerPage = 25;
const maxFound = 200;

/** `page` counts from 0. */
export async function findPeople(
  { database: { db } }: Context,
  workspaceId: string,
  text: string,
  filter: PeopleFilter,
  page: number,
  order: { sort: PeopleSort; descending: boolean } = { sort: 'name', descending: false },
): Promise<FoundPeople> {
  const { ids, more } = await searchPeople(db, workspaceId, text, filter, maxFound, order);
  const shown = ids.slice(page * peoplePerPage, (page + 1) * peoplePerPage);
  return { people: await listPeople(db, workspaceId, shown), count: ids.length, more };
}

export async function listNewestPeople(
  { database: { db } }: Context,
  workspaceId: string,
  filter: PeopleFilter,
  after: PageRequest['after'],
): Promise<Page<ListedPerson>> {
  const { items, next } = await newestPeople(db, workspaceId, filter, { limit: peoplePerPage, after });
  return { items: await listPeople(db, workspaceId, items), next };
}

export async function listPeopleInOrder(
  { database: { db } }: Context,
  workspaceId: string,
  filter: PeopleFilter,
  { sort, ...request }: { sort: PeopleSort; descending: boolean; after: Place | null },
): Promise<SortedPage<ListedPerson>> {
  const limit = peoplePerPage;
  const { items, next } = await sortedPeople(db, workspaceId, filter, sort, { ...request, limit });
  return { items: await listPeople(db, workspaceId, items), next };
}

const perRead = 500;

/** Everyone on the list, for a file. A search has at most those that its pages show. */
export async function* readListedPeople(
  ctx: Context,
  workspaceId: string,
  text: string | undefined,
  filter: PeopleFilter,
): AsyncGenerator<ListedPerson> {
  const { db } = ctx.database;
  if (text !== undefined) {
    const { ids } = await searchPeople(db, workspaceId, text, filter, maxFound);
    yield* await listPeople(db, workspaceId, ids);
    return;
  }
  // A status may be that of several referrals of a person.
  const seen = new Set<string>();
  for (let after: PageRequest['after'] = null; ; ) {
    const { items, next }: Page<string> = await newestPeople(db, workspaceId, filter, {
      limit: perRead,
      after,
    });
    const fresh = items.filter((id) => !seen.has(id));
    if (filter.status !== undefined && filter.campaignId === undefined) for (const id of fresh) seen.add(id);
    yield* await listPeople(db, workspaceId, fresh);
    if (next === null) return;
    after = next;
  }
}

/** For lists of what people have. `more`: more match than are looked for. */
export async function findPeopleIds(
  { database: { db } }: Context,
  workspaceId: string,
  text: string,
): Promise<{ ids: string[]; more: boolean }> {
  return searchPeople(db, workspaceId, text, {}, maxFound);
}

/** For a filter's own words. */
export async function findNamedPerson({ database: { db } }: Context, workspaceId: string, id: string) {
  const [person] = await namedPeople(db, workspaceId, { people: [id], contacts: [] });
  return person ?? null;
}
