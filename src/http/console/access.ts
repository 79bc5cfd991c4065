// Access: the teammate's own sessions.
import { z } from 'zod';
import { Failure } from '../../failure.ts';
import { html } from '../html.ts';
import { type ConsolePage, form, none, page } from './console.ts';
import { dateTime } from './words.ts';

export const accessPages: ConsolePage[] = [
  page({
    path: '/access',
    title: 'Access',
    nav: 'Access',
    needs: 'viewer',
    params: none,
    query: none,
    async show({ sessions }, { visitor, csrf }) {
      const { workspaceId, teammate, timeZone } = visitor;
      const all = await sessions.list(workspaceId, teammate.id);
      const rows = all.map(
        ({ id, browser, createdAt, lastSeenAt }) => html`<tr>
<th scope="row">${browser}${id === visitor.sessionId && html` <span class="badge good">this one</span>`}</th>
<td>${dateTime(createdAt, timeZone)}</td>
<td>${dateTime(lastSeenAt, timeZone)}</td>
<td><form method="post" action="/console/access/sessions/end">${csrf}<input type="hidden" name="id" value="${id}">
<button>Sign out</button></form></td>
</tr>`,
      );
      return html`<section>
<h2>Where you are signed in</h2>
<div class="scroll"><table>
<thead><tr><th>Browser</th><th>Since</th><th>Last seen</th><th></th></tr></thead>
<tbody>${rows}</tbody>
</table></div>
<form method="post" action="/console/access/sessions/end-all">${csrf}<button class="danger">Sign out everywhere</button></form>
</section>`;
    },
  }),
  form({
    path: '/access/sessions/end',
    title: 'Access',
    needs: 'viewer',
    params: none,
    body: z.object({ id: z.string().max(100) }),
    async act({ sessions }, { visitor: { workspaceId, teammate }, body }) {
      const ended = await sessions.end(workspaceId, teammate.id, body.id);
      if (!ended) throw new Failure('not-found', 'You have no such session any more.');
      return { to: '/console/access', said: 'Signed out there.' };
    },
  }),
  form({
    path: '/access/sessions/end-all',
    title: 'Access',
    needs: 'viewer',
    params: none,
    body: none,
    async act({ sessions }, { visitor: { workspaceId, teammate } }) {
      await sessions.endAll(workspaceId, teammate.id);
      return { to: '/console/sign-in', said: 'You are signed out everywhere.' };
    },
  }),
];
