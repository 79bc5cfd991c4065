// The log of every change, newest first.
import { z } from 'zod';
import type { AuditEntry } from '../../../domain/workspace/audit.ts';
import { listAudit } from '../../../usecases/workspace/record-audit.ts';
import { numericId } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, page } from '../console.ts';
import { tableOr } from '../lists.ts';
import { dateTime } from '../words.ts';

const path = '/access/log';
const entriesOnPage = 50;

export const auditPages: ConsolePage[] = [
  page(path, {
    title: 'Audit log',
    tab: { group: 'Access', label: 'Audit log' },
    needs: 'administrator',
    query: z.object({
      before: numericId.optional(),
    }),
    async show({ ctx, workspaceId, timeZone, tabs, query }) {
      const after = query.before === undefined ? null : { at: new Date(0), id: query.before };
      const { items, next } = await listAudit(ctx, workspaceId, {}, { limit: entriesOnPage, after });
      const rows = items.map((entry) => row(entry, timeZone));
      return html`${tabs}
<section>
<h2>Who changed what</h2>
${tableOr(html`Nothing was changed yet.`, ['When', 'Who', 'What'], rows)}
<p class="pages">${query.before !== undefined && html`<a href="/console${path}">Newest</a>`}
${next !== null && html`<a href="/console${path}?before=${next.id}">Older</a>`}</p>
</section>`;
    },
  }),
];

function row({ at, actor, summary, details }: AuditEntry, timeZone: string): Html {
  const more = JSON.stringify(details, null, 2);
  return html`<td>${dateTime(at, timeZone)}</td>
<td>${actor.name}${actor.kind === 'api' && html` <span class="quiet">API token</span>`}</td>
<td>${summary}${more !== '{}' && html`<details><summary>Details</summary><pre tabindex="0"><code>${more}</code></pre></details>`}</td>`;
}
