// Lists of the console: filters and links to older entries, all of it in the address.
import type { Position } from '../../domain/program/program.ts';
import { cursorOf } from '../api/schemas.ts';
import { type Html, html } from '../html.ts';

export type Query = Record<string, string | undefined>;

/** The address of a list below /console, without unused filters. */
export function address(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, value);
  }
  return `/console${path}${parameters.size > 0 ? `?${parameters}` : ''}`;
}

/** A form whose fields are the filters. `used`: some are set and can be cleared. */
export function filterForm(path: string, fields: readonly Html[], used: boolean): Html {
  return html`<form class="filters" action="/console${path}">${fields}
<div class="row"><button>Show</button>${used && html`<a href="/console${path}">Show all</a>`}</div>
</form>`;
}

/** The links under a list, newest first. `beyond`: this is not the first page. */
export function pageLinks(path: string, query: Query, beyond: boolean, next: Position | null): Html | null {
  if (!beyond && next === null) return null;
  return html`<p class="pages">${beyond && html`<a href="${address(path, query)}">Newest</a>`}
${next !== null && html`<a href="${address(path, { ...query, cursor: cursorOf(next) })}">Older</a>`}</p>`;
}

export const empty = (words: Html): Html => html`<p class="empty">${words}</p>`;

/** Formats JSON for people. */
export const pretty = (value: unknown): Html =>
  html`<pre tabindex="0"><code>${JSON.stringify(value, null, 2)}</code></pre>`;
