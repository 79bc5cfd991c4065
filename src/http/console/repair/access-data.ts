// Exports of the workspace's data, and erasing a person.

import { z } from 'zod';
import type { Person } from '../../../domain/program/program.ts';
import type { SeenContact } from '../../../domain/qualification/notification.ts';
import { Failure } from '../../../failure.ts';
import {
  type Erasure,
  type ErasureSubject,
  erasePerson,
  listErasures,
  previewErasure,
} from '../../../usecases/repair/erasure.ts';
import type { ExportName } from '../../../usecases/repair/export.ts';
import { exportCsv } from '../../api/repair/exports.ts';
import { emailFilter, idFilter } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import {
  type ConsolePage,
  type FormValues,
  file,
  form,
  type PageBody,
  type PageContext,
  page,
} from '../console.ts';
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
  people: 'People',
  referrals: 'Referrals',
  rewards: 'Rewards',
  uncounted_joins: 'Joins that did not count',
  named_friends: 'Friends named in the Messenger',
  missing_referrals: 'Missing referrals reported through Fin',
  fin_requests: 'Requests made through Fin',
  decisions: 'Rule decisions',
  audit: 'Audit log',
};
const which = z.object({ which: z.enum(Object.keys(names) as ExportName[]) });

const none = z.literal('').transform(() => undefined);
const subject = z.object({
  email: none.or(emailFilter).optional(),
  external_id: none.or(idFilter).optional(),
});
const confirmed = subject.extend({
  also_in_intercom: z.literal('on').optional(),
  sure: z.literal('on', 'select this to confirm'),
});

export const dataPages: ConsolePage[] = [
  page(path, { ...about, show: draw }),
  page('/access/data/erase', {
    title: 'Erase a person',
    needs: about.needs,
    query: subject,
    show: ask,
  }),
  file('/access/data/:which', {
    title: about.title,
    needs: about.needs,
    params: which,
    answer: ({ ctx, workspaceId, actor, params }) =>
      exportCsv(ctx, workspaceId, { name: params.which }, actor),
  }),
  form('/access/data/erase', {
    title: 'Erase a person',
    needs: about.needs,
    body: confirmed,
    async act({ ctx, workspaceId, actor, body }) {
      const subject = { ...subjectOf(body), alsoInIntercom: body.also_in_intercom !== undefined };
      await erasePerson(ctx, workspaceId, subject, actor);
      return { to: `/console${path}`, flash: 'Erasure started. Remaining mentions are being removed.' };
    },
    again: (context) => {
      const query = subjectIn(context.refused.values);
      return isNamed(query) ? ask({ ...context, query }) : draw(context);
    },
  }),
];

async function draw({ ctx, workspaceId, timeZone, tabs, refused }: PageContext): Promise<Html> {
  const { items } = await listErasures(ctx, workspaceId, { limit: receiptsShown, after: null });
  return html`${tabs}
<section>
<h2>Export</h2>
<p class="quiet">CSV files for any spreadsheet.</p>
<p class="row">${Object.entries(names).map(
    ([name, label]) => html`<a class="button" href="/console${path}/${name}" download>${label}</a>`,
  )}</p>
</section>
<section>
<h2>Erase a person</h2>
<p class="quiet">Removes a person from everything in Referral Desk: people, history, deliveries, runs. Their referrals stay as counts
without a name. You see the person before anything is erased.</p>
${refusal(refused)}
<form method="get" action="/console${path}/erase">
${textField({ name: 'email', label: 'Email', more: html` autocomplete="off" maxlength="254"` })}
${textField({ name: 'external_id', label: 'External ID', hint: 'Your own ID for the person, if you have no email.', more: html` autocomplete="off" maxlength="254"` })}
<button class="main">Find the person</button>
</form>
</section>
${items.length > 0 && receipts(items, timeZone)}`;
}

type Named = z.output<typeof subject>;

const isNamed = ({ email, external_id: externalId }: Named) =>
  email !== undefined || externalId !== undefined;

function subjectOf(named: Named): ErasureSubject {
  if (!isNamed(named)) throw new Failure('invalid', 'Enter an email or an external ID.');
  const { email, external_id: externalId } = named;
  return { email, externalId };
}

function subjectIn(values: FormValues): Named {
  const read = subject.safeParse(values);
  return read.success ? read.data : {};
}

async function ask({
  ctx,
  workspaceId,
  csrf,
  query,
  refused,
}: PageContext & { query: Named }): Promise<PageBody> {
  const { people, contacts } = await previewErasure(ctx, workspaceId, subjectOf(query));
  const [first] = [...people, ...(contacts ?? [])];
  const name = first?.name ?? first?.email ?? query.email ?? query.external_id ?? '';
  return html`<p><a href="/console${path}">Export and erase</a></p>
<section><h2>What is erased</h2>
${people.length > 0 && table(['Person', 'Email', 'External ID'], people.map(personRow))}
${people.length === 0 && html`<p>No one in the program. This email or ID is removed from deliveries and runs.</p>`}
${contacts === null && html`<p class="notice">Intercom does not answer, so its contacts cannot be shown.</p>`}
${contacts !== null && contacts.length > 0 && table(['Contact in Intercom', 'Email', 'Role'], contacts.map(contactRow), 'Deleted only if you select it below')}
</section>
<section><h2>Erase ${name}</h2>
<p>Referrals stay as counts without a name. This cannot be undone.</p>
${refusal(refused)}
<form method="post" action="/console${path}/erase">${csrf}
<input type="hidden" name="email" value="${query.email}"><input type="hidden" name="external_id" value="${query.external_id}">
${tickField({ name: 'also_in_intercom', label: 'Also delete the contact in Intercom, with its conversations', refused })}
${tickField({ name: 'sure', label: `Erase ${name} for good`, refused })}
<div class="row"><button class="danger">Erase ${name}</button><a href="/console${path}">Cancel</a></div>
</form></section>`;
}

const personRow = ({ id, name, email, externalId }: Person) =>
  html`<th scope="row"><a href="/console/people/${id}">${name ?? 'No name'}</a></th><td>${email}</td><td>${externalId}</td>`;

const contactRow = ({ name, email, role }: SeenContact) =>
  html`<th scope="row">${name ?? 'No name'}</th><td>${email}</td><td>${role}</td>`;

function receipts(items: readonly Erasure[], timeZone: string): Html {
  const rows = items.map(
    (erasure) => html`<td>${dateTime(erasure.requestedAt, timeZone)}</td>
<td>${erasure.requestedBy}</td>
<td>${erasure.state === 'done' ? badge('good', 'Done') : badge('fair', 'In progress')} ${erasure.trouble}</td>
<td class="number">${count(Object.values(erasure.erased).reduce((sum, rows) => sum + rows, 0))}</td>
<td><code>${erasure.subjectHash.slice(0, 12)}</code></td>`,
  );
  return html`<section>
<h2>Receipts</h2>
${table(['When', 'By', 'State', 'Records', 'Receipt'], rows, 'Receipts hold no personal data.')}
</section>`;
}
