// What the workspace has here, to take along, and a person to be forgotten.
import { z } from 'zod';
import { foldEmail } from '../../../domain/contacts/contact.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { Failure } from '../../../failure.ts';
import { type Erasure, erasePerson, listErasures } from '../../../usecases/repair/erasure.ts';
import { exportCsv } from '../../api/repair/exports.ts';
import { text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import {
  type ConsolePage,
  type FormErrors,
  file,
  form,
  none,
  type PageContext,
  page,
  type UseCases,
} from '../console.ts';
import { refusal, textField, tickField } from '../fields.ts';
import { badge, table } from '../parts.ts';
import { accessTabs } from '../tabs.ts';
import { count, dateTime } from '../words.ts';

const path = '/access/data';
const about = { title: 'Export and erase', needs: 'administrator', params: none } as const;
const receiptsShown = 20;

const names = { people: 'Everybody', referrals: 'Referrals', decisions: 'Decisions of rules' } as const;
const which = z.object({ which: z.enum(['people', 'referrals', 'decisions']) });

const optional = text(254)
  .optional()
  .or(z.literal('').transform(() => undefined));
const whom = z.object({
  email: optional.transform((email) => foldEmail(email) ?? undefined),
  external_id: optional,
  also_in_intercom: z.literal('on').optional(),
  sure: z.literal('on', 'tick this to confirm'),
});

export const dataPages: ConsolePage[] = [
  page({ ...about, path, query: none, show: (useCases, context) => draw(useCases, context) }),
  file({
    ...about,
    path: '/access/data/:which',
    params: which,
    answer: ({ ctx }, { visitor, params }) =>
      exportCsv(ctx, visitor.workspaceId, { name: params.which }, byTeammate(visitor)),
  }),
  form({
    ...about,
    path: '/access/data/erase',
    body: whom,
    async act({ ctx }, { visitor, body }) {
      const { email, external_id: externalId, also_in_intercom } = body;
      if (email === undefined && externalId === undefined)
        throw new Failure('invalid', 'Say whom to erase.', {
          fields: { email: 'give this or the external id' },
        });
      const subject = { email, externalId, alsoInIntercom: also_in_intercom !== undefined };
      await erasePerson(ctx, visitor.workspaceId, subject, byTeammate(visitor));
      return { to: `/console${path}`, flash: 'Erased. What may still name them is being looked through.' };
    },
    again: (useCases, context) => draw(useCases, context, context.refused),
  }),
];

async function draw({ ctx }: UseCases, { visitor, csrf }: PageContext, refused?: FormErrors): Promise<Html> {
  const { items } = await listErasures(ctx, visitor.workspaceId, { limit: receiptsShown, after: null });
  const back = refused ?? null;
  return html`${accessTabs(path, visitor.role)}
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
${textField({ name: 'email', label: 'Email', refused: back, more: html` autocomplete="off" maxlength="254"` })}
${textField({ name: 'external_id', label: 'External id', hint: 'Your own id for them, where you have no email.', refused: back, more: html` autocomplete="off" maxlength="254"` })}
${tickField({ name: 'also_in_intercom', label: 'Delete their contact in Intercom, too, with its conversations', refused: back })}
${tickField({ name: 'sure', label: 'Erase this person for good', refused: back })}
<button class="danger">Erase</button>
</form>
</section>
${items.length > 0 && receipts(items, visitor.timeZone)}`;
}

function receipts(items: readonly Erasure[], timeZone: string): Html {
  const rows = items.map(
    (one) => html`<td>${dateTime(one.requestedAt, timeZone)}</td>
<td>${one.requestedBy}</td>
<td>${one.state === 'done' ? badge('good', 'done') : badge('fair', 'going on')} ${one.trouble}</td>
<td class="number">${count(Object.values(one.erased).reduce((sum, some) => sum + some, 0))}</td>
<td><code>${one.subjectHash.slice(0, 12)}</code></td>`,
  );
  return html`<section>
<h2>Receipts</h2>
${table(['When', 'By', 'State', 'Records', 'Receipt'], rows, 'They name nobody.')}
</section>`;
}
