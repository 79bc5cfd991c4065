// /api/v1/deliveries
import { z } from 'zod';
import { type Delivery, deliveryState } from '../../../domain/qualification/delivery.ts';
import { listDeliveries, readDelivery, replayDelivery } from '../../../usecases/qualification/deliveries.ts';
import { byToken, emptyQuery, type Route, read, write } from '../route.ts';
import { listJson, listOf, moment, named, pagedByNumber, pageRequest, text } from '../schemas.ts';

const fields = {
  id: z.string(),
  notification_id: z.string().nullable().describe("Intercom's; null on a ping."),
  topic: z.string(),
  contact_id: z.string().nullable(),
  state: deliveryState,
  outcome: z.string().nullable().describe('What came of it, or why nothing did.'),
  received_at: moment,
  handled_at: moment.nullable(),
};

const example = {
  id: '20417',
  notification_id: 'notif_5b1f0c3e-77aa-4c0e-9d52-0f6c1d2e3a4b',
  topic: 'contact.user.updated',
  contact_id: '66f0a1b2c3d4e5f601020304',
  state: 'done',
  outcome: 'A rule was met.',
  received_at: '2026-11-12T09:00:00.120Z',
  handled_at: '2026-11-12T09:00:00.180Z',
};

const delivery = z.strictObject(fields).register(named, { id: 'Delivery', examples: [example] });

const wholeDelivery = z
  .strictObject({
    ...fields,
    notification: z.unknown().describe('As Intercom sent it; null when it was not kept.'),
  })
  .register(named, {
    id: 'DeliveryWithNotification',
    examples: [{ ...example, notification: { type: 'notification_event', topic: 'contact.user.updated' } }],
  });

function deliveryJson(row: Delivery): z.input<typeof delivery> {
  return {
    id: String(row.id),
    notification_id: row.notificationId,
    topic: row.topic,
    contact_id: row.contactId,
    state: row.state,
    outcome: row.outcome,
    received_at: row.receivedAt.toISOString(),
    handled_at: row.handledAt?.toISOString() ?? null,
  };
}

// A bigint can be larger than JavaScript's safe integers.
const deliveryId = z.string().regex(/^\d{1,15}$/);

export const deliveryRoutes: Route[] = [
  read({
    path: '/deliveries',
    operation: 'listDeliveries',
    summary: 'The notifications that Intercom sent',
    query: z.strictObject({
      topic: text(255).optional(),
      state: deliveryState.optional(),
      contact_id: text(255).optional(),
      ...pagedByNumber,
    }),
    answer: listOf(delivery, 'DeliveryList'),
    statuses: { 200: 'A page of deliveries' },
    async handler({ ctx }, { caller, query }) {
      const { topic, state, contact_id: contactId } = query;
      const filter = { topic, state, contactId };
      return listJson(
        await listDeliveries(ctx, caller.workspaceId, filter, pageRequest(query)),
        deliveryJson,
      );
    },
  }),
  read({
    path: '/deliveries/:id',
    operation: 'readDelivery',
    summary: 'One notification, as it was sent',
    id: deliveryId,
    query: emptyQuery,
    answer: wholeDelivery,
    statuses: { 200: 'The delivery with its notification' },
    async handler({ ctx }, { caller, id }) {
      const { notification, ...delivery } = await readDelivery(ctx, caller.workspaceId, Number(id));
      return { ...deliveryJson(delivery), notification };
    },
  }),
  write({
    path: '/deliveries/:id/replay',
    operation: 'replayDelivery',
    summary: 'Handle a notification once more, with the rules as they are now',
    id: deliveryId,
    body: z
      .strictObject({})
      .prefault({})
      .register(named, { id: 'ReplayGiven', examples: [{}] }),
    answer: delivery,
    statuses: { 200: 'The delivery, waiting to be handled' },
    handler: async ({ ctx }, { caller, id }) => ({
      status: 200,
      body: deliveryJson(await replayDelivery(ctx, caller.workspaceId, Number(id), byToken(caller))),
    }),
  }),
];
