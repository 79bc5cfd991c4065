// People: everyone in the program, searched or newest first.
import { z } from 'zod';
import type { Campaign } from '../../../domain/program/program.ts';
import { referralStatus, statusWords } from '../../../domain/program/referral.ts';
import { Failure } from '../../../failure.ts';
import {
  findPeople,
  type ListedPerson,
  listNewestPeople,
  listPeopleInOrder,
  peoplePerPage,
  peopleSorts,
  readListedPeople,
} from '../../../usecases/people/people-search.ts';
import { paged, text } from '../../api/schemas.ts';
import { type CsvFile, csvOf } from '../../csv.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, file, type PageContext, page } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import {
  address,
  campaignOptions,
  empty,
  everyCampaign,
  filterForm,
  isFiltered,
  pageLinks,
  placeInTexts,
  readOrder,
  sortedBy,
  sortedPageLinks,
  sortHead,
} from '../lists.ts';
import { table } from '../parts.ts';
import { personLink, statusBadge } from '../program/referral-words.ts';
import { count, date } from '../words.ts';
import { viewBar } from '../workspace/saved-views.ts';
import { addLinks } from './add-people.ts';
import { peopleTabs } from './people-tabs.ts';

const path = '/people';

const filters = {
  q: text(100).optional(),
  campaign: z.guid().optional(),
  status: referralStatus.optional(),
  refers: z.guid().optional(),
};

const query = z.object({
  ...filters,
  /** Search results have page numbers; other lists use the cursor. */
  page: z.coerce.number().int().min(0).max(100).default(0),
  cursor: paged.cursor,
  sort: sortedBy(peopleSorts).optional(),
  place: placeInTexts.optional(),
});
type Filters = z.output<typeof query>;

export const peoplePages: ConsolePage[] = [
  page(path, {
    title: 'People',
    nav: 'People',
    needs: 'viewer',
    query,
    async show(context) {
      const { ctx, workspaceId, query: filters } = context;
      const [campaigns, list, views] = await Promise.all([
        everyCampaign(ctx, workspaceId, { chosen: [filters.campaign, filters.refers] }),
        listOf(context, filters),
        viewBar(context, 'people', filtersOf(filters)),
      ]);
      return html`${peopleTabs('people')}
<section>
<div class="row apart"><h2>All people</h2>${context.isAdministrator && addLinks(filters.campaign)}</div>
${views}
${filterForm(path, filtersOf(filters), fields(filters, campaigns))}
${list}
<p><a href="${address(`${path}/export`, filtersOf(filters))}">Download as CSV</a></p>
</section>`;
    },
  }),
  file(`${path}/export`, {
    title: 'People',
    needs: 'viewer',
    query: z.object(filters),
    answer: async ({ ctx, workspaceId, query: chosen }): Promise<CsvFile> => ({
      name: 'people.csv',
      lines: csvOf(fileColumns, readListedPeople(ctx, workspaceId, chosen.q, filterOf(chosen))),
    }),
  }),
];

type Chosen = z.output<z.ZodObject<typeof filters>>;

const filterOf = ({ campaign, status, refers }: Chosen) => ({
  campaignId: campaign,
  status,
  refersIn: refers,
});

const fileColumns = {
  person_id: (person: ListedPerson) => person.id,
  name: (person: ListedPerson) => person.name,
  email: (person: ListedPerson) => person.email,
  external_id: (person: ListedPerson) => person.externalId,
  contact_id: (person: ListedPerson) => person.contactId,
  referred_in: (person: ListedPerson) =>
    person.referred.map(({ campaign, status }) => `${campaign}: ${status}`).join('; '),
  refers_in: (person: ListedPerson) => person.refersIn.join('; '),
  known_since: (person: ListedPerson) => person.createdAt,
};

function fields({ q, campaign, status, refers, sort }: Filters, campaigns: readonly Campaign[]): Html[] {
  return [
    html`${sort !== undefined && html`<input type="hidden" name="sort" value="${sort}">`}`,
    textField({
      name: 'q',
      label: 'Search',
      type: 'search',
      value: q ?? null,
      more: html` placeholder="Name, email, domain, share code or ID" maxlength="100"`,
    }),
    selectField({
      name: 'campaign',
      label: 'Referred in',
      value: campaign ?? '',
      options: [['', 'Any campaign'], ...campaignOptions(campaigns)],
    }),
    selectField({
      name: 'status',
      label: 'Status',
      value: status ?? '',
      options: [['', 'Any status'], ...Object.entries(statusWords)],
    }),
    selectField({
      name: 'refers',
      label: 'Refers in',
      value: refers ?? '',
      options: [['', 'Any campaign'], ...campaignOptions(campaigns)],
    }),
  ];
}

function listOf(context: PageContext, filters: Filters): Promise<Html> {
  const { q, sort } = filters;
  if (q !== undefined) return found(context, { ...filters, q });
  return sort === undefined || sort === newestFirst
    ? newest(context, filters)
    : inOrder(context, { ...filters, sort });
}

/** The usual order. With a filter, it is the day of joining that counts. */
const newestFirst = '-added';

const noneHere = empty(html`No people on this page. <a href="/console/people">Show everyone</a>`);

async function inOrder(
  { ctx, workspaceId, timeZone }: PageContext,
  filters: Filters & { sort: NonNullable<Filters['sort']> },
): Promise<Html> {
  const request = { ...readOrder(filters.sort), after: filters.place ?? null };
  const { items, next } = await listPeopleInOrder(ctx, workspaceId, filterOf(filters), request);
  if (items.length === 0) return noneHere;
  return html`${peopleTable(items, filters, timeZone)}${sortedPageLinks(path, filtersOf(filters), filters.place, next)}`;
}

async function newest({ ctx, workspaceId, timeZone }: PageContext, filters: Filters): Promise<Html> {
  const { campaign, status, refers, cursor } = filters;
  const filter = filterOf(filters);
  const { items, next } = await listNewestPeople(ctx, workspaceId, filter, cursor ?? null);
  if (items.length === 0) {
    return isFiltered({ campaign, status, refers }) || cursor !== undefined
      ? noneHere
      : empty(html`No people yet. They come from your referral platform, the API or a share link.`);
  }
  const links = pageLinks(path, filtersOf(filters), cursor, next);
  return html`${peopleTable(items, filters, timeZone)}${links}`;
}

async function found(
  { ctx, workspaceId, timeZone }: PageContext,
  filters: Filters & { q: string },
): Promise<Html> {
  const filter = filterOf(filters);
  const order = readOrder(filters.sort ?? 'name');
  const result = await findPeople(ctx, workspaceId, filters.q, filter, filters.page, order);
  if (result.count === 0) {
    return empty(html`No results for “${filters.q}”. <a href="/console/people">Show everyone</a>`);
  }
  if (result.people.length === 0) throw new Failure('not-found', 'The search has no such page.');
  const caption = `${count(result.count)}${result.more ? ' of more' : ''} found`;
  const last = Math.ceil(result.count / peoplePerPage) - 1;
  const to = (number: number) => address(path, { ...filtersOf(filters), page: String(number) });
  return html`${result.more && html`<p class="notice">More people match. Refine the search.</p>`}
${peopleTable(result.people, { ...filters, sort: filters.sort ?? 'name' }, timeZone, caption)}
<p class="pages">${filters.page > 0 && html`<a href="${to(filters.page - 1)}">Before</a>`}
${last > 0 && html`<span class="quiet">Page ${filters.page + 1} of ${last + 1}</span>`}
${filters.page < last && html`<a href="${to(filters.page + 1)}">After</a>`}</p>`;
}

const filtersOf = ({ q, campaign, status, refers, sort }: Filters) => ({
  ...{ q, campaign, status, refers },
  sort: sort === newestFirst ? undefined : sort,
});

function peopleTable(
  people: readonly ListedPerson[],
  filters: Filters,
  timeZone: string,
  caption?: string,
): Html {
  const { sort: order = newestFirst } = filters;
  const query = filtersOf(filters);
  const head = (label: string, name: string) => sortHead(label, name, order, { path, query, isText: true });
  return table(
    [
      ...[head('Name', 'name'), head('Email', 'email'), head('External ID', 'external')],
      ...['Referred in', 'Refers in'],
      sortHead('Added', 'added', order, { path, query }),
    ],
    people.map(
      (person) => html`<th scope="row">${personLink(person)}</th>
<td>${person.email}</td>
<td>${person.externalId}</td>
<td>${person.referred.map(({ campaign, status }) => html`<div class="row tight">${campaign} ${statusBadge(status)}</div>`)}</td>
<td>${person.refersIn.join(', ')}</td>
<td>${date(person.createdAt, timeZone)}</td>`,
    ),
    caption,
  );
}
