// Exports of the workspace's data, and erasing a person.

import { z } from 'zod';
import { Failure } from '../../../failure.ts';
import { type Erasure, erasePerson, listErasures } from '../../../usecases/repair/erasure.ts';
import type { ExportName } from '../../../usecases/repair/export.ts';
import { exportCsv } from '../../api/repair/exports.ts';
import { emailFilter, idFilter } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, file, form, type PageContext, page } from '../console.ts';
import { refusal, textField, tickField } from '../fields.ts';
import { badge, table } from '../parts.ts';
import { count, dateTime } from '../words.ts';

const path = '/access/data';
const about = {
  title: 'Export and erase',
  tab: { group: 'Access', label: 'Export and erase' },
  needs: 'administrator',
} as const;
const receiptsShown = 20;

const names: Record<ExportName, string> = {
  people: 'Everybody',
  referrals: 'Referrals',
  rewards: 'Rewards',
  decisions: 'Decisions of rules',
};
const which = z.object({ which: z.enum(Object.keys(names) as ExportName[]) });

const none = z.literal('').transform(() => undefined);
const whom = z.object({
  email: none.or(emailFilter).optional(),
  external_id: none.or(idFilter).optional(),
  also_in_intercom: z.literal('on').optional(),
  sure: z.literal('on', 'tick this to confirm'),
});

export const dataPages: ConsolePage[] = [
  page(path, { ...about, show: draw }),
  file('/access/data/:which', {
    title: about.title,
    needs: about.needs,
    params: which,
    answer: ({ ctx, workspaceId, actor, params }) =>
      exportCsv(ctx, workspaceId, { name: params.which }, actor),
  }),
  form('/access/data/erase', {
    ...about,
    body: whom,
    async act({ ctx, workspaceId, actor, body }) {
      const { email, external_id: externalId, also_in_intercom } = body;
      if (email === undefined && externalId === undefined)
        throw new Failure('invalid', 'Say whom to erase.', {
          fields: { email: 'give this or the external id' },
        });
      const subject = { email, externalId, alsoInIntercom: also_in_intercom !== undefined };
      await erasePerson(ctx, workspaceId, subject, actor);
      return { to: `/console${path}`, flash: 'Erased. What may still name them is being looked through.' };
    },
    again: draw,
  }),
];

async function draw({ ctx, workspaceId, timeZone, csrf, tabs, refused }: PageContext): Promise<Html> {
  const { items } = await listErasures(ctx, workspaceId, { limit: receiptsShown, after: null });
  return html`${tabs}
<section>
<h2>Export</h2>
<p class="quiet">All of it as CSV, which any spreadsheet opens.</p>
<p class="row">${Object.entries(names).map(
    ([name, label]) => html`<a class="button" href="/console${path}/${name}" download>${label}</a>`,
  )}</p>
</section>
<section>
<h2>Erase a person</h2>
<p class="quiet">Whoever asks to be forgotten is taken out of everything here: people, history, notifications, runs. Their
referrals stay as counts without a name. It cannot be undone.</p>
${refusal(refused)}
<form method="post" action="/console${path}/erase">${csrf}
${textField({ name: 'email', label: 'Email', refused, more: html` autocomplete="off" maxlength="254"` })}
${textField({ name: 'external_id', label: 'External id', hint: 'Your own id for them, where you have no email.', refused, more: html` autocomplete="off" maxlength="254"` })}
${tickField({ name: 'also_in_intercom', label: 'Delete their contact in Intercom, too, with its conversations', refused })}
${tickField({ name: 'sure', label: 'Erase this person for good', refused })}
<button class="danger">Erase</button>
</form>
</section>
${items.length > 0 && receipts(items, timeZone)}`;
}

function receipts(items: readonly Erasure[], timeZone: string): Html {
  const rows = items.map(
    (erasure) => html`<td>${dateTime(erasure.requestedAt, timeZone)}</td>
<td>${erasure.requestedBy}</td>
<td>${erasure.state === 'done' ? badge('good', 'done') : badge('fair', 'going on')} ${erasure.trouble}</td>
<td class="number">${count(Object.values(erasure.erased).reduce((sum, rows) => sum + rows, 0))}</td>
<td><code>${erasure.subjectHash.slice(0, 12)}</code></td>`,
  );
  return html`<section>
<h2>Receipts</h2>
${table(['When', 'By', 'State', 'Records', 'Receipt'], rows, 'They name nobody.')}
</section>`;
}
