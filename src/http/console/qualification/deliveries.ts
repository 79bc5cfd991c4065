// Deliveries: the notifications that Intercom sent, what came of each, and having them handled again.
import { z } from 'zod';
import { type Delivery, type DeliveryState, deliveryState } from '../../../domain/qualification/delivery.ts';
import { mayDo } from '../../../domain/workspace/teammate.ts';
import { byTeammate } from '../../../usecases/workspace/audit.ts';
import { pagedByNumber, text } from '../../api/schemas.ts';
import { type Html, html } from '../../html.ts';
import { type ConsolePage, form, none, page } from '../console.ts';
import { selectField, textField } from '../fields.ts';
import { address, empty, filterForm, pageLinks, pretty } from '../lists.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { workTabs } from '../tabs.ts';
import { count, dateTime } from '../words.ts';

// Below the run log, so that the navigation says where one is.
const path = '/run-log/deliveries';
const onPage = 25;

const filters = { topic: text(255).optional(), contact: text(255).optional() };
const query = z.object({ state: deliveryState.optional(), ...filters, cursor: pagedByNumber.cursor });
type Filters = Omit<z.output<typeof query>, 'cursor'>;

// What PostgreSQL counts deliveries by goes further than JavaScript's whole numbers do.
const withNumber = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
});

const filterOf = ({ contact, ...asked }: Filters) => ({ ...asked, contactId: contact });

export const deliveryPages: ConsolePage[] = [
  page({
    path,
    title: 'Deliveries',
    needs: 'viewer',
    params: none,
    query,
    async show({ deliveries }, { visitor, query: { cursor, ...asked } }) {
      const { items, next } = await deliveries.deliveries(visitor.workspaceId, filterOf(asked), {
        limit: onPage,
        after: cursor ?? null,
      });
      const used = Object.values(asked).some((value) => value !== undefined);
      return html`${workTabs(path, visitor.role)}
<section>
${filterForm(path, fields(asked), used)}
<div id="deliveries" data-live="5">
${items.length === 0 ? nothing(used || cursor !== undefined) : deliveryTable(items, visitor.timeZone)}
</div>
${pageLinks(path, asked, cursor !== undefined, next)}
${items.length > 0 && mayDo(visitor.role, 'administrator') && replayLink(asked)}
</section>`;
    },
  }),
  page({
    path: `${path}/replay`,
    title: 'Handle failed notifications again',
    needs: 'administrator',
    params: none,
    query: z.object(filters),
    async show({ deliveries }, { visitor, csrf, query: asked }) {
      const failed = await deliveries.countFailed(visitor.workspaceId, filterOf(asked));
      const back = address(path, { ...asked, state: 'failed' });
      if (failed === 0) return empty(html`None of them has failed. <a href="${back}">Back</a>`);
      const label = failed === 1 ? 'Handle it again' : `Handle all ${count(failed)} again`;
      return html`<section>
<p><b>${count(failed)}</b> failed ${failed === 1 ? 'notification' : 'notifications'} will be handled again, with the rules as they are now. Nobody qualifies twice.</p>
<div class="row">${buttonForm(`/console${path}/replay`, csrf, label, { fields: given(asked), style: 'main' })}
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
    async act({ deliveries }, { visitor, body }) {
      const again = await deliveries.replayFailed(visitor.workspaceId, filterOf(body), byTeammate(visitor));
      const said = `${count(again)} ${again === 1 ? 'notification is' : 'notifications are'} handled again.`;
      return { to: address(path, body), said };
    },
  }),
  page({
    path: `${path}/:id`,
    title: 'Delivery',
    needs: 'viewer',
    params: withNumber,
    query: none,
    async show({ deliveries }, { visitor: { workspaceId, timeZone, role }, csrf, params }) {
      const { notification, ...one } = await deliveries.delivery(workspaceId, params.id);
      return {
        title: one.topic,
        body: html`<p><a href="/console${path}">All deliveries</a></p>
<section id="delivery" data-live="5">
<div class="row apart"><h2>${one.outcome ?? 'Not handled yet'}</h2>${stateBadge(one.state)}</div>
<dl>
<dt>Received</dt><dd>${dateTime(one.receivedAt, timeZone)}</dd>
<dt>Handled</dt><dd>${one.handledAt ? dateTime(one.handledAt, timeZone) : '—'}</dd>
<dt>Contact</dt><dd>${one.contactId === null ? '—' : html`<a href="${address('/people', { q: one.contactId })}">${one.contactId}</a>`}</dd>
<dt>Intercom’s id</dt><dd>${one.notificationId ?? '—'}</dd>
</dl>
${notification !== null && mayDo(role, 'administrator') && buttonForm(`/console${path}/${one.id}/replay`, csrf, 'Handle it again', { style: 'main' })}
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
    async act({ deliveries }, { visitor, params }) {
      await deliveries.replay(visitor.workspaceId, params.id, byTeammate(visitor));
      return {
        to: `/console${path}/${params.id}`,
        said: 'It is handled again, with the rules as they are now.',
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

function deliveryTable(all: readonly Delivery[], timeZone: string): Html {
  return table(
    ['Received', 'Topic', 'Contact', 'State', 'Outcome'],
    all.map(
      (one) => html`<td>${dateTime(one.receivedAt, timeZone)}</td>
<th scope="row"><a href="/console${path}/${one.id}">${one.topic}</a></th>
<td>${one.contactId !== null && html`<code>${one.contactId}</code>`}</td>
<td>${stateBadge(one.state)}</td>
<td>${one.outcome}</td>`,
    ),
    'Newest first',
  );
}

function replayLink({ state, ...asked }: Filters): Html | null {
  if (state !== undefined && state !== 'failed') return null;
  return html`<p><a href="${address(`${path}/replay`, asked)}">Handle all failed ones of these again…</a></p>`;
}

const given = (asked: Filters): Record<string, string> =>
  Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
