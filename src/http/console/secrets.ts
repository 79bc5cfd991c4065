// Secrets that the console creates: shown once, listed by name, revoked.
import { type Content, type Html, html } from '../html.ts';
import type { PageBody } from './console.ts';
import { tableOr } from './lists.ts';
import { askedForm, badge } from './parts.ts';
import { date, dateTime } from './words.ts';

/** The only page that shows `secret`. `store` says where to keep it, `use` what to do with it. */
export function secretPage(
  what: string,
  { secret, store, use, back }: { secret: string; store: Content; use: Content; back: string },
): PageBody {
  return {
    title: `Copy the ${what} now`,
    body: html`<section>
<p>${store}</p>
<pre tabindex="0"><code>${secret}</code></pre>
<p>${use}</p>
<p><a class="button" href="/console${back}">Done</a></p>
</section>`,
  };
}

type Key = { id: string; name: Content; createdAt: Date; lastUsedAt: Date | null; revokedAt: Date | null };

/** Newest first. `revoke` is the form that ends a key, with its id in the field `name`. */
export function keyTable(
  keys: readonly Key[],
  {
    empty,
    revoke,
    timeZone,
    csrf,
  }: {
    empty: Content;
    revoke: { path: string; name: string; effect: string };
    timeZone: string;
    csrf: Html;
  },
): Html {
  const rows = keys.toReversed().map(
    ({ id, name, createdAt, lastUsedAt, revokedAt }) => html`<th scope="row">${name}</th>
<td>${date(createdAt, timeZone)}</td>
<td>${lastUsedAt === null ? 'never' : dateTime(lastUsedAt, timeZone)}</td>
<td>${revokedAt === null ? badge('good', 'Active') : html`${badge('plain', 'revoked')} ${date(revokedAt, timeZone)}`}</td>
<td>${revokedAt === null && askedForm(revoke.effect, `/console${revoke.path}`, csrf, 'Revoke', { fields: { [revoke.name]: id }, style: 'danger' })}</td>`,
  );
  return tableOr(html`${empty}`, ['Name', 'Created', 'Last used', 'State', ''], rows);
}
