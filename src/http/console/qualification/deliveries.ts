// Webhook deliveries: the notifications that Intercom sent, their outcomes, and replays.
import { z } from 'zod';
import { type Delivery, type DeliveryState, deliveryState } from '../../../domain/qualification/delivery.ts';
import {
  countFailedDeliveries,
  dismissDelivery,
  dismissFailedDeliveries,
  listDeliveries,
  readDelivery,
  replayDelivery,
  replayFailedDeliveries,
} from '../../../usecases/qualification/deliveries.ts';
import { numericId, pagedByNumber, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { address, empty, filterForm, isFiltered, pageAt, pageLinks, pretty } from '../lists.ts';
import { type Badge, badge, buttonForm, table } from '../parts.ts';
import { dismissForm, reasonField, reasonGiven } from '../runs/dismissal.ts';
import { count, dateTime } from '../words.ts';

// Below the run log, so that the navigation marks the run log as current.
const path = '/run-log/deliveries';

const filters = { topic: text(255).optional(), contact: text(255).optional() };
const query = z.object({ state: deliveryState.optional(), ...filters, cursor: pagedByNumber.cursor });
type Filters = Omit<z.output<typeof query>, 'cursor'>;

const withNumber = z.object({ id: numericId.transform(Number) });

const filterOf = ({ contact, ...filters }: Filters) => ({ ...filters, contactId: contact });

export const deliveryPages: ConsolePage[] = [
  page(path, {
    title: 'Deliveries',
    tab: { group: 'Logs', label: 'Deliveries' },
    needs: 'viewer',
    query,
    async show({ ctx, workspaceId, timeZone, isAdministrator, tabs, query: { cursor, ...filters } }) {
      const { items, next } = await listDeliveries(ctx, workspaceId, filterOf(filters), pageAt(cursor));
      const used = isFiltered(filters);
      return html`${tabs}
<section>
${filterForm(path, filters, fields(filters))}
<div id="deliveries" data-live="5">
${items.length === 0 ? nothing(used || cursor !== undefined) : deliveryTable(items, timeZone)}
</div>
${pageLinks(path, filters, cursor, next)}
${items.length > 0 && isAdministrator && replayLink(filters)}
</section>`;
    },
  }),
  page(`${path}/replay`, {
    title: 'Replay failed deliveries',
    needs: 'administrator',
    query: z.object(filters),
    async show({ ctx, workspaceId, csrf, query: filters }) {
      const failed = await countFailedDeliveries(ctx, workspaceId, filterOf(filters));
      const back = address(path, { ...filters, state: 'failed' });
      if (failed === 0) return empty(html`No failed deliveries match. <a href="${back}">Back</a>`);
      const label = failed === 1 ? 'Replay' : `Replay all ${count(failed)}`;
      return html`<section>
<p><b>${count(failed)}</b> failed ${failed === 1 ? 'delivery' : 'deliveries'} will be replayed with the current rules. No referral qualifies twice.</p>
<div class="row">${buttonForm(`/console${path}/replay`, csrf, label, { fields: filters, style: 'main' })}
<a href="${back}">Cancel</a></div>
</section>
<section><h2>Nothing to fix?</h2>
<p class="hint">Home and alerts stop counting dismissed failures. They can still be replayed.</p>
${buttonForm(`/console${path}/dismiss`, csrf, failed === 1 ? 'Dismiss delivery' : `Dismiss ${count(failed)} deliveries`, { fields: filters, more: reasonField })}
</section>`;
    },
  }),
  form(`${path}/replay`, {
    title: 'Replay failed deliveries',
    needs: 'administrator',
    body: z.object(filters),
    async act({ ctx, workspaceId, actor, body }) {
      const replayed = await replayFailedDeliveries(ctx, workspaceId, filterOf(body), actor);
      const flash = `${count(replayed)} ${replayed === 1 ? 'delivery is' : 'deliveries are'} being replayed.`;
      return { to: address(path, body), flash };
    },
  }),
  page(`${path}/:id`, {
    title: 'Delivery',
    needs: 'viewer',
    params: withNumber,
    async show(context) {
      const { notification, ...delivery } = await readDelivery(
        context.ctx,
        context.workspaceId,
        context.params.id,
      );
      return { title: delivery.topic, body: deliveryBody(delivery, notification, context) };
    },
  }),
  form(`${path}/:id/dismiss`, {
    title: 'Delivery',
    needs: 'administrator',
    params: withNumber,
    body: z.object({ reason: reasonGiven }),
    async act({ ctx, workspaceId, actor, params, body: { reason } }) {
      await dismissDelivery(ctx, workspaceId, params.id, { actor, reason });
      return { to: `/console${path}/${params.id}`, flash: 'Dismissed. Home and alerts no longer count it.' };
    },
  }),
  form(`${path}/dismiss`, {
    title: 'Deliveries',
    needs: 'administrator',
    body: z.object({ ...filters, reason: reasonGiven }),
    async act({ ctx, workspaceId, actor, body: { reason, ...filters } }) {
      const which = filterOf(filters);
      const dismissed = await dismissFailedDeliveries(ctx, workspaceId, which, { actor, reason });
      const flash = `Dismissed ${count(dismissed)} ${dismissed === 1 ? 'delivery' : 'deliveries'}.`;
      return { to: address(path, filters), flash };
    },
  }),
  form(`${path}/:id/replay`, {
    title: 'Delivery',
    needs: 'administrator',
    params: withNumber,
    async act({ ctx, workspaceId, actor, params }) {
      await replayDelivery(ctx, workspaceId, params.id, actor);
      return {
        to: `/console${path}/${params.id}`,
        flash: 'Replayed with the current rules.',
      };
    },
  }),
];

function deliveryBody(
  delivery: Delivery,
  notification: unknown,
  { timeZone, isAdministrator, csrf }: PageContext,
): Html {
  return html`<p><a href="/console${path}">All deliveries</a></p>
<section id="delivery" data-live="5">
<div class="row apart"><h2>${delivery.outcome ?? 'Not processed yet'}</h2>${badge(...states[delivery.state])}</div>
<dl>
<dt>Received</dt><dd>${dateTime(delivery.receivedAt, timeZone)}</dd>
<dt>Processed</dt><dd>${delivery.handledAt ? dateTime(delivery.handledAt, timeZone) : '—'}</dd>
<dt>Contact</dt><dd>${delivery.contactId === null ? '—' : html`<a href="${address('/people', { q: delivery.contactId })}">${delivery.contactId}</a>`}</dd>
<dt>Intercom ID</dt><dd>${delivery.notificationId ?? '—'}</dd>
</dl>
${notification !== null && isAdministrator && buttonForm(`/console${path}/${delivery.id}/replay`, csrf, 'Replay', { style: 'main' })}
${delivery.state === 'dismissed' && html`<p class="quiet">Dismissed${delivery.dismissedBecause !== null && html`: ${delivery.dismissedBecause}`}. Home and alerts do not count it.</p>`}
${delivery.state === 'failed' && isAdministrator && dismissForm(`/console${path}/${delivery.id}/dismiss`, csrf, 'Dismiss delivery')}
</section>
<section>${
    notification === null
      ? html`<p class="quiet">The body is no longer stored.</p>`
      : html`<details><summary>Delivery as Intercom sent it</summary>${pretty(notification)}</details>`
  }</section>`;
}

const states: Record<DeliveryState, Badge> = {
  received: ['fair', 'Waiting'],
  done: ['good', 'Done'],
  ignored: ['plain', 'Nothing to do'],
  failed: ['bad', 'Failed'],
  dismissed: ['plain', 'Dismissed'],
};

function fields({ state, topic, contact }: Filters): Html[] {
  return [
    selectField({
      ...{ name: 'state', label: 'State', value: state ?? '' },
      options: [
        ['', 'Any state'],
        ...Object.entries(states).map(([state, [, words]]) => [state, words] as const),
      ],
    }),
    textField({
      ...{ name: 'topic', label: 'Topic', type: 'search', value: topic ?? null },
      more: html` placeholder="contact.user.updated"`,
    }),
    textField({ name: 'contact', label: 'Contact ID', type: 'search', value: contact ?? null }),
  ];
}

const nothing = (used: boolean) =>
  used
    ? empty(html`No deliveries match. <a href="/console${path}">Show all</a>`)
    : empty(html`No deliveries yet. Subscribe to the webhook topics in Intercom’s Developer Hub.`);

function deliveryTable(items: readonly Delivery[], timeZone: string): Html {
  return table(
    ['Received', 'Topic', 'Contact', 'State', 'Outcome'],
    items.map(
      (delivery) => html`<td>${dateTime(delivery.receivedAt, timeZone)}</td>
<th scope="row"><a href="/console${path}/${delivery.id}">${delivery.topic}</a></th>
<td>${delivery.contactId !== null && html`<code>${delivery.contactId}</code>`}</td>
<td>${badge(...states[delivery.state])}</td>
<td>${delivery.outcome}</td>`,
    ),
    'Newest first',
  );
}

function replayLink({ state, ...filters }: Filters): Html | null {
  if (state !== undefined && state !== 'failed') return null;
  return html`<p><a href="${address(`${path}/replay`, filters)}">Replay all failed deliveries of this filter…</a></p>`;
}
