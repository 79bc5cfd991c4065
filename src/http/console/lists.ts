// Lists of the console: filters, order and links to further pages, all in the address.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Place } from '../../domain/people/sorted-list.ts';
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

const placeText = /^(?<value>-?\d{1,13}(?:\.\d{1,6})?)\/(?<id>[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/;

/** Where the page before ended, in a list with an order of its reader's choice. */
export const placeInList = z.string().transform((given, context): Place => {
  const parts = placeText.exec(Buffer.from(given, 'base64url').toString())?.groups;
  if (parts?.value !== undefined && parts.id !== undefined) return { value: parts.value, id: parts.id };
  context.addIssue({ code: 'custom', message: 'is not a place in this list' });
  return z.NEVER;
});

/** The same in a list that is ordered by a text. */
export const placeInTexts = z.string().transform((given, context): Place => {
  const text = Buffer.from(given, 'base64url').toString();
  const [value, id] = [text.slice(0, Math.max(0, text.length - 37)), text.slice(-36)];
  if (text.at(-37) === '/' && z.guid().safeParse(id).success && !value.includes('\0')) return { value, id };
  context.addIssue({ code: 'custom', message: 'is not a place in this list' });
  return z.NEVER;
});

const placeIn = ({ value, id }: Place) => Buffer.from(`${value}/${id}`).toString('base64url');

export function sortedPageLinks(
  path: string,
  query: Query,
  place: Place | undefined,
  next: Place | null,
): Html | null {
  const isBeyond = place !== undefined;
  if (!isBeyond && next === null) return null;
  return html`<p class="pages">${isBeyond && html`<a href="${address(path, query)}">First page</a>`}
${next !== null && html`<a href="${address(path, { ...query, place: placeIn(next) })}">Next page</a>`}</p>`;
}

/** Its name, with a minus sign for the largest or latest first: what `sort` of a query is. */
export const sortedBy = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  z.enum(names.flatMap((name) => [`-${name}` as const, name]) as [`-${Name}`, ...(Name | `-${Name}`)[]]);

export function readOrder<Name extends string>(
  order: Name | `-${Name}`,
): { sort: Name; descending: boolean } {
  const descending = order.startsWith('-');
  return { sort: (descending ? order.slice(1) : order) as Name, descending };
}

/** The head of a column that orders the list: first the largest or latest, or A to Z; at a second press the other way round. */
export function sortHead(
  label: string,
  name: string,
  order: string,
  {
    path,
    query,
    isNumber = false,
    isText = false,
  }: { path: string; query: Query; isNumber?: boolean; isText?: boolean },
): Html {
  const isCurrent = order === name || order === `-${name}`;
  const [first, second] = isText ? [name, `-${name}`] : [`-${name}`, name];
  const to = address(path, { ...query, sort: order === first ? second : first });
  const arrow = order === name ? '↑' : '↓';
  const [rising, falling] = isText ? [', A to Z', ', Z to A'] : [', lowest first', ', highest first'];
  const state = order === name ? rising : falling;
  return html`<span class="${isNumber ? 'number sort' : 'sort'}"><a href="${to}">${label}${isCurrent && html` <span aria-hidden="true">${arrow}</span><span class="visually-hidden">${state}</span>`}</a></span>`;
}

export const empty = (words: Html): Html => html`<p class="empty">${words}</p>`;

export const tableOr = (words: Html, columns: readonly Content[], rows: readonly Html[]): Html =>
  rows.length === 0 ? empty(words) : table(columns, rows);

export const pretty = (value: unknown): Html =>
  html`<pre tabindex="0"><code>${JSON.stringify(value, null, 2)}</code></pre>`;
