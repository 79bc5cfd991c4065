// The log of every change, newest first.
import { z } from 'zod';
import { calendarDay, dayRange } from '../../../domain/day.ts';
import { type AuditEntry, auditActions, auditArea } from '../../../domain/workspace/audit.ts';
import { listAudit } from '../../../usecases/workspace/record-audit.ts';
import { pagedByNumber, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, page } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { filterForm, isFiltered, pageAt, pageLinks, tableOr } from '../lists.ts';
import { dateTime } from '../words.ts';

const path = '/access/log';

const areas = [...new Set(Object.keys(auditActions).map(auditArea))];

const filters = {
  who: text(255).optional(),
  area: z.enum(areas).optional(),
  from: calendarDay.optional(),
  until: calendarDay.optional(),
};
const query = z.object({ ...filters, cursor: pagedByNumber.cursor });
type Filters = Omit<z.output<typeof query>, 'cursor'>;

export const auditPages: ConsolePage[] = [
  page(path, {
    title: 'Audit log',
    tab: { group: 'Access', label: 'Audit log' },
    needs: 'administrator',
    query,
    async show({ ctx, workspaceId, timeZone, tabs, query: { cursor, ...filters } }) {
      const { who, area, ...days } = filters;
      const filter = { who, area, ...dayRange(days, timeZone) };
      const { items, next } = await listAudit(ctx, workspaceId, filter, pageAt(cursor));
      const rows = items.map((entry) => row(entry, timeZone));
      const nothing = isFiltered(filters)
        ? html`No changes match. <a href="/console${path}">Show all changes</a>`
        : html`No changes yet.`;
      return html`${tabs}
<section>
${filterForm(path, filters, fields(filters))}
${tableOr(nothing, ['When', 'Who', 'What'], rows)}
${pageLinks(path, filters, cursor, next)}
<p><a href="/console/access/data/audit" download>Download full log as CSV</a></p>
</section>`;
    },
  }),
];

function fields({ who, area, from, until }: Filters): Html[] {
  return [
    textField({ name: 'who', label: 'Who', type: 'search', value: who ?? null }),
    selectField({
      ...{ name: 'area', label: 'Area', value: area ?? '' },
      options: [['', 'Any area'], ...areas.map((name) => [name, labelOf(name)] as const)],
    }),
    textField({ name: 'from', label: 'From', type: 'date', value: from ?? null }),
    textField({ name: 'until', label: 'Until', type: 'date', value: until ?? null }),
  ];
}

function labelOf(area: string): string {
  const words = area.replaceAll('_', ' ').replace(/^api\b/, 'API');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function row({ at, actor, summary, details }: AuditEntry, timeZone: string): Html {
  const more = JSON.stringify(details, null, 2);
  return html`<td>${dateTime(at, timeZone)}</td>
<td>${actor.name}${actor.kind === 'api' && html` <span class="quiet">API token</span>`}</td>
<td>${summary}${more !== '{}' && html`<details><summary>Details</summary><pre tabindex="0"><code>${more}</code></pre></details>`}</td>`;
}
