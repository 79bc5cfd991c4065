// Access: the visitor's own sessions. The other pages under Access are for administrators.
import { z } from 'zod';
import { Failure } from '../../../failure.ts';
import { endAllSessions, endSession, listSessions } from '../../../usecases/workspace/sessions.ts';
import { html } from '../../html.ts';
import { type ConsolePage, form, page } from '../console.ts';
import { askedForm, badge, buttonForm, table } from '../parts.ts';
import { dateTime, timeAgo } from '../words.ts';

export const accessPages: ConsolePage[] = [
  page('/access', {
    title: 'Access',
    nav: 'Access',
    tab: { group: 'Access', label: 'Your sessions' },
    needs: 'viewer',
    async show({ ctx, visitor, timeZone, csrf, tabs }) {
      const all = await listSessions(ctx, visitor);
      const rows = all.map(
        ({ id, browser, createdAt, lastSeenAt }) => html`<th scope="row">${browser}
${id === visitor.sessionId && badge('good', 'this one')}</th>
<td>${dateTime(createdAt, timeZone)}</td>
<td>${timeAgo(lastSeenAt, { now: ctx.now(), timeZone })}</td>
<td>${buttonForm('/console/access/sessions/end', csrf, 'Sign out', { fields: { id } })}</td>`,
      );
      return html`${tabs}
<section>
<h2>Your sessions</h2>
${table(['Browser', 'Since', 'Last seen', ''], rows)}
${askedForm('This browser is signed out, too.', '/console/access/sessions/end-all', csrf, 'Sign out everywhere', { style: 'danger' })}
<p class="hint">A session ends 12 hours after its last use, and after 7 days at the latest.</p>
</section>`;
    },
  }),
  form('/access/sessions/end', {
    title: 'Access',
    needs: 'viewer',
    body: z.object({ id: z.string().max(100) }),
    async act({ ctx, visitor, body }) {
      const ended = await endSession(ctx, visitor, body.id);
      if (!ended) throw new Failure('not-found', 'This session has ended.');
      return { to: '/console/access', flash: 'Signed out there.' };
    },
  }),
  form('/access/sessions/end-all', {
    title: 'Access',
    needs: 'viewer',
    async act({ ctx, visitor }) {
      await endAllSessions(ctx, visitor);
      return { to: '/console/sign-in', flash: 'You are signed out everywhere.' };
    },
  }),
];
