// The teammates who use the console: their roles, and who is removed.
import { z } from 'zod';
import { type Member, role } from '../../../domain/workspace/teammate.ts';
import {
  changeRole,
  listTeammates,
  removeTeammate,
  restoreTeammate,
} from '../../../usecases/workspace/teammates.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page } from '../console.ts';
import { refusal } from '../fields.ts';
import { askedForm, badge, buttonForm, table } from '../parts.ts';
import { date } from '../words.ts';

const path = '/access/teammates';
const about = {
  title: 'Teammates',
  tab: { group: 'Access', label: 'Teammates' },
  needs: 'administrator',
} as const;
const id = z.string().min(1).max(255);

export const teammatePages: ConsolePage[] = [
  page(path, { ...about, show: draw }),
  form('/access/teammates/role', {
    ...about,
    body: z.object({ id, role }),
    async act({ ctx, workspaceId, actor, visitor, body }) {
      await changeRole(ctx, workspaceId, actor, body.id, body.role);
      return {
        to: `/console${body.id === visitor.teammate.id ? '/access' : path}`,
        flash: 'Role changed.',
      };
    },
    again: draw,
  }),
  form('/access/teammates/remove', {
    ...about,
    body: z.object({ id }),
    async act({ ctx, workspaceId, actor, body }) {
      await removeTeammate(ctx, workspaceId, actor, body.id);
      return { to: `/console${path}`, flash: 'Removed, and signed out everywhere.' };
    },
    again: draw,
  }),
  form('/access/teammates/restore', {
    ...about,
    body: z.object({ id }),
    async act({ ctx, workspaceId, actor, body }) {
      await restoreTeammate(ctx, workspaceId, actor, body.id);
      return { to: `/console${path}`, flash: 'Access restored, as a viewer.' };
    },
  }),
];

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, visitor, tabs, refused } = context;
  const all = await listTeammates(ctx, workspaceId);
  return html`${tabs}
${refusal(refused)}
<section>
<h2>Teammates</h2>
<p class="quiet">Every teammate of ${visitor.workspaceName} in Intercom can sign in. New teammates are viewers, who can read but not
change anything. Administrators can change everything.</p>
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
<td>${removedAt === null ? changes(member, csrf) : buttonForm('/console/access/teammates/restore', csrf, 'Restore access', { fields: { id } })}</td>`;
}

function changes({ id, name, role }: Member, csrf: Html): Html {
  const other = role === 'viewer' ? 'administrator' : 'viewer';
  const effect =
    other === 'administrator'
      ? `${name} can change campaigns, rules and rewards, erase people, and manage teammates.`
      : `${name} can read everything, and no longer change anything.`;
  return html`<div class="row">
${askedForm(effect, '/console/access/teammates/role', csrf, `Make ${other}`, { fields: { id, role: other } })}
${askedForm(`${name} is signed out everywhere and cannot sign in again until an administrator restores access.`, '/console/access/teammates/remove', csrf, `Remove ${name}`, { fields: { id }, style: 'danger' })}
</div>`;
}
