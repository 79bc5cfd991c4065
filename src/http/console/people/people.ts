// People: everyone in the program, searched or newest first.
import { z } from 'zod';
import { referralStatus } from '../../../domain/program/referral.ts';
import { Failure } from '../../../failure.ts';
import {
  findPeople,
  type ListedPerson,
  listNewestPeople,
  peoplePerPage,
} from '../../../usecases/people/people-search.ts';
import { listCampaigns } from '../../../usecases/program/campaigns.ts';
import { paged, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, none, page, type UseCases } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { address, empty, filterForm, pageLinks } from '../lists.ts';
import { table } from '../parts.ts';
import { personLink, statusBadge, statusWords } from '../program/referral-words.ts';
import { count, date } from '../words.ts';

const path = '/people';

const query = z.object({
  q: text(100).optional(),
  campaign: z.guid().optional(),
  status: referralStatus.optional(),
  /** Search results have page numbers; other lists use the cursor. */
  page: z.coerce.number().int().min(0).max(100).default(0),
  cursor: paged.cursor,
});
type Filters = z.output<typeof query>;

export const peoplePages: ConsolePage[] = [
  page({
    path,
    title: 'People',
    nav: 'People',
    needs: 'viewer',
    params: none,
    query,
    async show(useCases, { visitor: { workspaceId, timeZone }, query: filters }) {
      const [campaigns, list] = await Promise.all([
        everyCampaign(useCases, workspaceId),
        filters.q === undefined
          ? newest(useCases, workspaceId, filters, timeZone)
          : found(useCases, workspaceId, { ...filters, q: filters.q }, timeZone),
      ]);
      return html`<section>
${filterForm(path, fields(filters, campaigns), filters.q !== undefined || isFiltered(filters))}
${list}
</section>`;
    },
  }),
];

const isFiltered = ({ campaign, status }: Filters) => campaign !== undefined || status !== undefined;

function fields({ q, campaign, status }: Filters, campaigns: { id: string; name: string }[]): Html[] {
  return [
    textField({
      name: 'q',
      label: 'Search',
      type: 'search',
      value: q ?? null,
      more: html` placeholder="Name, email or id" maxlength="100"`,
    }),
    selectField({
      name: 'campaign',
      label: 'Referred in',
      value: campaign ?? '',
      options: [['', 'Any campaign'], ...campaigns.map((campaign) => [campaign.id, campaign.name] as const)],
    }),
    selectField({
      name: 'status',
      label: 'Status',
      value: status ?? '',
      options: [['', 'Any status'], ...Object.entries(statusWords)],
    }),
  ];
}

async function everyCampaign({ ctx }: Pick<UseCases, 'ctx'>, workspaceId: string) {
  return (await listCampaigns(ctx, workspaceId, { limit: 100, after: null })).items;
}

async function newest(
  { ctx }: UseCases,
  workspaceId: string,
  filters: Filters,
  timeZone: string,
): Promise<Html> {
  const filter = { campaignId: filters.campaign, status: filters.status };
  const { items, next } = await listNewestPeople(ctx, workspaceId, filter, filters.cursor ?? null);
  if (items.length === 0) {
    return isFiltered(filters) || filters.cursor !== undefined
      ? empty(html`Nobody is here. <a href="/console/people">Show everybody</a>`)
      : empty(
          html`Nobody is in a campaign yet. People come from your referral platform, by the API, or by a share link.`,
        );
  }
  const links = pageLinks(path, filtersOf(filters), filters.cursor !== undefined, next);
  return html`${peopleTable(items, 'Newest first', timeZone)}${links}`;
}

async function found(
  { ctx }: UseCases,
  workspaceId: string,
  filters: Filters & { q: string },
  timeZone: string,
): Promise<Html> {
  const filter = { campaignId: filters.campaign, status: filters.status };
  const result = await findPeople(ctx, workspaceId, filters.q, filter, filters.page);
  if (result.count === 0) {
    return empty(
      html`Nobody’s name, email or id begins with “${filters.q}”. <a href="/console/people">Show everybody</a>`,
    );
  }
  if (result.people.length === 0) throw new Failure('not-found', 'The search has no such page.');
  const caption = `${count(result.count)}${result.more ? ' of more' : ''} found, by name`;
  const last = Math.ceil(result.count / peoplePerPage) - 1;
  const to = (number: number) => address(path, { ...filtersOf(filters), page: String(number) });
  return html`${result.more && html`<p class="notice">There are more than are shown: type more of the name.</p>`}
${peopleTable(result.people, caption, timeZone)}
<p class="pages">${filters.page > 0 && html`<a href="${to(filters.page - 1)}">Before</a>`}
${last > 0 && html`<span class="quiet">Page ${filters.page + 1} of ${last + 1}</span>`}
${filters.page < last && html`<a href="${to(filters.page + 1)}">After</a>`}</p>`;
}

const filtersOf = ({ q, campaign, status }: Filters) => ({ q, campaign, status });

function peopleTable(people: readonly ListedPerson[], caption: string, timeZone: string): Html {
  return table(
    ['Name', 'Email', 'External id', 'Referred in', 'Refers in', 'Known since'],
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
