// Webhook deliveries: the notifications that Intercom sent, their outcomes, and replays.
import { z } from 'zod';
import { type Delivery, type DeliveryState, deliveryState } from '../../../domain/qualification/delivery.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
import {
  countFailedDeliveries,
  listDeliveries,
  readDelivery,
  replayDelivery,
  replayFailedDeliveries,
} from '../../../usecases/qualification/deliveries.ts';
import { pagedByNumber, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, none, page } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { address, empty, filterForm, pageLinks, pretty } from '../lists.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { workTabs } from '../tabs.ts';
import { count, dateTime } from '../words.ts';

// Below the run log, so that the navigation marks the run log as current.
const path = '/run-log/deliveries';
const onPage = 25;

const filters = { topic: text(255).optional(), contact: text(255).optional() };
const query = z.object({ state: deliveryState.optional(), ...filters, cursor: pagedByNumber.cursor });
type Filters = Omit<z.output<typeof query>, 'cursor'>;

// A bigint can be larger than JavaScript's safe integers.
const withNumber = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
});

const filterOf = ({ contact, ...filters }: Filters) => ({ ...filters, contactId: contact });

export const deliveryPages: ConsolePage[] = [
  page({
    path,
    title: 'Deliveries',
    needs: 'viewer',
    params: none,
    query,
    async show({ ctx }, { visitor, query: { cursor, ...filters } }) {
      const { items, next } = await listDeliveries(ctx, visitor.workspaceId, filterOf(filters), {
        limit: onPage,
        after: cursor ?? null,
      });
      const used = Object.values(filters).some((value) => value !== undefined);
      return html`${workTabs(path, visitor.role)}
<section>
${filterForm(path, fields(filters), used)}
<div id="deliveries" data-live="5">
${items.length === 0 ? nothing(used || cursor !== undefined) : deliveryTable(items, visitor.timeZone)}
</div>
${pageLinks(path, filters, cursor !== undefined, next)}
${items.length > 0 && mayDo(visitor.role, 'administrator') && replayLink(filters)}
</section>`;
    },
  }),
  page({
    path: `${path}/replay`,
    title: 'Handle failed notifications again',
    needs: 'administrator',
    params: none,
    query: z.object(filters),
    async show({ ctx }, { visitor, csrf, query: filters }) {
      const failed = await countFailedDeliveries(ctx, visitor.workspaceId, filterOf(filters));
      const back = address(path, { ...filters, state: 'failed' });
      if (failed === 0) return empty(html`None of them has failed. <a href="${back}">Back</a>`);
      const label = failed === 1 ? 'Handle it again' : `Handle all ${count(failed)} again`;
      return html`<section>
<p><b>${count(failed)}</b> failed ${failed === 1 ? 'notification' : 'notifications'} will be handled again, with the rules as they are now. Nobody qualifies twice.</p>
<div class="row">${buttonForm(`/console${path}/replay`, csrf, label, { fields: filledFilters(filters), style: 'main' })}
<a href="${back}">Leave them as they are</a></div>
</section>`;
    },
  }),
  form({
    path: `${path}/replay`,
    title: 'Handle failed notifications again',
    needs: 'administrator',
    params: none,
    body: z.object(filters),
    async act({ ctx }, { visitor, body }) {
      const replayed = await replayFailedDeliveries(
        ctx,
        visitor.workspaceId,
        filterOf(body),
        byTeammate(visitor),
      );
      const flash = `${count(replayed)} ${replayed === 1 ? 'notification is' : 'notifications are'} handled again.`;
      return { to: address(path, body), flash };
    },
  }),
  page({
    path: `${path}/:id`,
    title: 'Delivery',
    needs: 'viewer',
    params: withNumber,
    query: none,
    async show({ ctx }, { visitor: { workspaceId, timeZone, role }, csrf, params }) {
      const { notification, ...delivery } = await readDelivery(ctx, workspaceId, params.id);
      return {
        title: delivery.topic,
        body: html`<p><a href="/console${path}">All deliveries</a></p>
<section id="delivery" data-live="5">
<div class="row apart"><h2>${delivery.outcome ?? 'Not handled yet'}</h2>${stateBadge(delivery.state)}</div>
<dl>
<dt>Received</dt><dd>${dateTime(delivery.receivedAt, timeZone)}</dd>
<dt>Handled</dt><dd>${delivery.handledAt ? dateTime(delivery.handledAt, timeZone) : '—'}</dd>
<dt>Contact</dt><dd>${delivery.contactId === null ? '—' : html`<a href="${address('/people', { q: delivery.contactId })}">${delivery.contactId}</a>`}</dd>
<dt>Intercom’s id</dt><dd>${delivery.notificationId ?? '—'}</dd>
</dl>
${notification !== null && mayDo(role, 'administrator') && buttonForm(`/console${path}/${delivery.id}/replay`, csrf, 'Handle it again', { style: 'main' })}
</section>
<section>${
          notification === null
            ? html`<p class="quiet">The notification itself is no longer kept.</p>`
            : html`<details><summary>The notification as Intercom sent it</summary>${pretty(notification)}</details>`
        }</section>`,
      };
    },
  }),
  form({
    path: `${path}/:id/replay`,
    title: 'Delivery',
    needs: 'administrator',
    params: withNumber,
    body: none,
    async act({ ctx }, { visitor, params }) {
      await replayDelivery(ctx, visitor.workspaceId, params.id, byTeammate(visitor));
      return {
        to: `/console${path}/${params.id}`,
        flash: 'It is handled again, with the rules as they are now.',
      };
    },
  }),
];

const stateWords: Record<DeliveryState, string> = {
  received: 'Waiting',
  done: 'Done',
  ignored: 'Nothing to do',
  failed: 'Failed',
};
const tones = { received: 'fair', done: 'good', ignored: 'plain', failed: 'bad' } as const;
const stateBadge = (state: DeliveryState) => badge(tones[state], stateWords[state]);

function fields({ state, topic, contact }: Filters): Html[] {
  return [
    selectField({
      ...{ name: 'state', label: 'State', value: state ?? '' },
      options: [['', 'Any state'], ...Object.entries(stateWords)],
    }),
    textField({
      ...{ name: 'topic', label: 'Topic', type: 'search', value: topic ?? null },
      more: html` placeholder="contact.user.updated"`,
    }),
    textField({ name: 'contact', label: 'Contact id', type: 'search', value: contact ?? null }),
  ];
}

const nothing = (used: boolean) =>
  used
    ? empty(html`No notification is like that. <a href="/console${path}">Show all</a>`)
    : empty(html`Intercom has sent nothing yet. Its topics are subscribed to in Intercom’s Developer Hub.`);

function deliveryTable(items: readonly Delivery[], timeZone: string): Html {
  return table(
    ['Received', 'Topic', 'Contact', 'State', 'Outcome'],
    items.map(
      (delivery) => html`<td>${dateTime(delivery.receivedAt, timeZone)}</td>
<th scope="row"><a href="/console${path}/${delivery.id}">${delivery.topic}</a></th>
<td>${delivery.contactId !== null && html`<code>${delivery.contactId}</code>`}</td>
<td>${stateBadge(delivery.state)}</td>
<td>${delivery.outcome}</td>`,
    ),
    'Newest first',
  );
}

function replayLink({ state, ...filters }: Filters): Html | null {
  if (state !== undefined && state !== 'failed') return null;
  return html`<p><a href="${address(`${path}/replay`, filters)}">Handle all failed ones of these again…</a></p>`;
}

const filledFilters = (filters: Filters): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
