// Lists of the console: filters and links to older entries, all in the address.
import type { Context } from '../../context.ts';
import type { Campaign, PageRequest, Position } from '../../domain/program/program.ts';
import { listCampaigns } from '../../usecases/program/campaigns.ts';
import { cursorOf } from '../api/schemas.ts';
import { type Content, type Html, html } from '../html.ts';
import { table } from './parts.ts';

type Query = Record<string, string | undefined>;

/** Below /console, without unused filters. */
export function address(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, value);
  }
  return `/console${path}${parameters.size > 0 ? `?${parameters}` : ''}`;
}

export function filterForm(path: string, query: Query, fields: readonly Html[]): Html {
  return html`<form class="filters" action="/console${path}">${fields}
<div class="row"><button>Show</button>${isFiltered(query) && html`<a href="/console${path}">Show all</a>`}</div>
</form>`;
}

export const pageAt = (cursor: Position | undefined, limit = 25): PageRequest => ({
  limit,
  after: cursor ?? null,
});

/** Without archived ones, unless they are asked for, or chosen already. */
export async function everyCampaign(
  ctx: Context,
  workspaceId: string,
  { archived = false, chosen = [] }: { archived?: boolean; chosen?: readonly (string | undefined)[] } = {},
): Promise<Campaign[]> {
  const read = async (filter: { archived?: boolean }) =>
    (await listCampaigns(ctx, workspaceId, filter, pageAt(undefined, 100))).items;
  const shown = await read(archived ? {} : { archived: false });
  const missing = chosen.filter((id) => id !== undefined && !shown.some((campaign) => campaign.id === id));
  if (missing.length === 0) return shown;
  return [...shown, ...(await read({ archived: true })).filter(({ id }) => missing.includes(id))];
}

export const campaignOptions = (campaigns: readonly Campaign[]) =>
  campaigns.map(({ id, name }) => [id, name] as const);

export const isFiltered = (query: Query): boolean =>
  Object.values(query).some((value) => value !== undefined);

/** `cursor` is the current page's. */
export function pageLinks(
  path: string,
  query: Query,
  cursor: Position | undefined,
  next: Position | null,
): Html | null {
  const beyond = cursor !== undefined;
  if (!beyond && next === null) return null;
  return html`<p class="pages">${beyond && html`<a href="${address(path, query)}">Newest</a>`}
${next !== null && html`<a href="${address(path, { ...query, cursor: cursorOf(next) })}">Older</a>`}</p>`;
}

export const empty = (words: Html): Html => html`<p class="empty">${words}</p>`;

export const tableOr = (words: Html, columns: readonly Content[], rows: readonly Html[]): Html =>
  rows.length === 0 ? empty(words) : table(columns, rows);

export const pretty = (value: unknown): Html =>
  html`<pre tabindex="0"><code>${JSON.stringify(value, null, 2)}</code></pre>`;
