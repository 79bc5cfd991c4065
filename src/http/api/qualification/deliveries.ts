// /api/v1/deliveries
import { z } from 'zod';
import { type Delivery, deliveryState } from '../../../domain/qualification/delivery.ts';
import { listDeliveries, readDelivery, replayDelivery } from '../../../usecases/qualification/deliveries.ts';
import { resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { emptyBody, moment, numericId, pagedByNumber, text } from '../schemas.ts';

const fields = {
  id: z.string(),
  notification_id: z.string().nullable().describe('The id in Intercom; null for a ping.'),
  topic: z.string(),
  contact_id: z.string().nullable(),
  state: deliveryState,
  outcome: z.string().nullable().describe('The result, or why nothing was done.'),
  dismissed_because: z.string().nullable().describe('Why its failure needs no attention, if dismissed.'),
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
  dismissed_because: null,
  received_at: '2026-11-12T09:00:00.120Z',
  handled_at: '2026-11-12T09:00:00.180Z',
};

const delivery = resource('Delivery', {
  fields,
  sourceOf: (row: Delivery) => ({ ...row, id: String(row.id) }),
  example,
});

const wholeDelivery = resource('DeliveryWithNotification', {
  fields: {
    ...fields,
    notification: z.unknown().describe('As sent by Intercom. Null when it is no longer stored.'),
  },
  sourceOf: (row: Delivery & { notification: unknown }) => ({ ...row, id: String(row.id) }),
  example: { ...example, notification: { type: 'notification_event', topic: 'contact.user.updated' } },
});

export const deliveryRoutes: Route[] = [
  list('/deliveries', {
    operation: 'listDeliveries',
    summary: 'List webhook deliveries',
    query: {
      topic: text(255).optional(),
      state: deliveryState.optional(),
      contact_id: text(255).optional(),
      ...pagedByNumber,
    },
    items: delivery,
    name: 'DeliveryList',
    statuses: { 200: 'A page of deliveries' },
    find: ({ ctx, workspaceId, filter, page }) => listDeliveries(ctx, workspaceId, filter, page),
  }),
  read('/deliveries/:id', {
    operation: 'readDelivery',
    summary: 'Get a delivery with its body',
    id: numericId,
    answer: wholeDelivery,
    statuses: { 200: 'The delivery with its body' },
    find: ({ ctx, workspaceId, id }) => readDelivery(ctx, workspaceId, Number(id)),
  }),
  write('/deliveries/:id/replay', {
    operation: 'replayDelivery',
    summary: 'Replay a delivery with the current rules',
    id: numericId,
    body: emptyBody('ReplayGiven'),
    answer: delivery,
    statuses: { 200: 'The delivery, waiting for the replay' },
    act: ({ ctx, workspaceId, id, actor }) => replayDelivery(ctx, workspaceId, Number(id), actor),
  }),
];
