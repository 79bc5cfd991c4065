// The teammates who use the console: their roles, and who is removed.
import { z } from 'zod';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { type Member, role } from '../../../domain/workspace/teammate.ts';
import {
  changeRole,
  listTeammates,
  removeTeammate,
  restoreTeammate,
} from '../../../usecases/workspace/teammates.ts';
import { type Html, html } from '../../html.ts';
import {
  type ConsolePage,
  type FormErrors,
  form,
  none,
  type PageContext,
  page,
  type UseCases,
} from '../console.ts';
import { refusal } from '../fields.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { accessTabs } from '../tabs.ts';
import { date } from '../words.ts';

const path = '/access/teammates';
const about = { title: 'Teammates', needs: 'administrator', params: none } as const;
const id = z.string().min(1).max(255);

export const teammatePages: ConsolePage[] = [
  page({ ...about, path, query: none, show: (useCases, context) => draw(useCases, context) }),
  form({
    ...about,
    path: '/access/teammates/role',
    body: z.object({ id, role }),
    async act({ ctx }, { visitor, body }) {
      await changeRole(ctx, visitor.workspaceId, byTeammate(visitor), body.id, body.role);
      return {
        to: `/console${body.id === visitor.teammate.id ? '/access' : path}`,
        flash: 'The role is changed.',
      };
    },
    again: (useCases, context) => draw(useCases, context, context.refused),
  }),
  form({
    ...about,
    path: '/access/teammates/remove',
    body: z.object({ id }),
    async act({ ctx }, { visitor, body }) {
      await removeTeammate(ctx, visitor.workspaceId, byTeammate(visitor), body.id);
      return { to: `/console${path}`, flash: 'Removed, and signed out everywhere.' };
    },
    again: (useCases, context) => draw(useCases, context, context.refused),
  }),
  form({
    ...about,
    path: '/access/teammates/restore',
    body: z.object({ id }),
    async act({ ctx }, { visitor, body }) {
      await restoreTeammate(ctx, visitor.workspaceId, byTeammate(visitor), body.id);
      return { to: `/console${path}`, flash: 'They can come in again, as a viewer.' };
    },
  }),
];

async function draw({ ctx }: UseCases, context: PageContext, refused?: FormErrors): Promise<Html> {
  const { visitor } = context;
  const all = await listTeammates(ctx, visitor.workspaceId);
  return html`${accessTabs(path, visitor.role)}
${refusal(refused)}
<section>
<h2>Who uses the console</h2>
<p class="quiet">Every teammate of ${visitor.workspaceName} in Intercom can sign in, at first as a viewer, who reads and
changes nothing. Administrators change everything.</p>
${table(
  ['Teammate', 'Role', 'Since', ''],
  all.map((member) => row(member, context)),
)}
</section>`;
}

function row(member: Member, { visitor, csrf }: PageContext): Html {
  const { id, name, email, role, addedAt, removedAt } = member;
  return html`<th scope="row">${name} ${id === visitor.teammate.id && badge('good', 'you')}
<div class="quiet">${email}</div></th>
<td>${removedAt === null ? role : badge('plain', 'removed')}</td>
<td>${date(addedAt, visitor.timeZone)}</td>
<td>${removedAt === null ? changes(member, csrf) : buttonForm('/console/access/teammates/restore', csrf, 'Let in again', { fields: { id } })}</td>`;
}

function changes({ id, name, role }: Member, csrf: Html): Html {
  const other = role === 'viewer' ? 'administrator' : 'viewer';
  return html`<div class="row">
${buttonForm('/console/access/teammates/role', csrf, `Make ${other}`, { fields: { id, role: other } })}
<details><summary>Remove</summary>
<p>${name} is signed out everywhere and cannot come in again.</p>
${buttonForm('/console/access/teammates/remove', csrf, `Remove ${name}`, { fields: { id }, style: 'danger' })}</details>
</div>`;
}
