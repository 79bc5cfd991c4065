// The envelope of a notification: everything needed to store it.
import { z } from 'zod';
import { optional, storable, wireId } from './wire-text.ts';

const envelope = z.object({
  app_id: wireId,
  topic: z.string().min(1).max(255).transform(storable),
  id: optional(wireId),
  data: optional(
    z.object({
      item: optional(
        z.object({
          type: optional(z.string()),
          id: optional(wireId),
          contact: optional(z.object({ id: wireId })),
        }),
      ),
    }),
  ),
});

/** `visitor.signed_up` has the contact's id in a legacy `user`. */
const contactTypes = new Set<unknown>(['contact', 'user', 'lead']);

type Envelope = {
  workspaceId: string;
  notificationId: string | null;
  topic: string;
  contactId: string | null;
};

/** Null when the JSON is not a notification, without a workspace or a topic. Other malformed parts are left out. */
export function readEnvelope(json: unknown): Envelope | null {
  const read = envelope.safeParse(json);
  if (!read.success) return null;
  const { app_id: workspaceId, id, topic, data } = read.data;
  const item = data?.item;
  const ownId = contactTypes.has(item?.type) ? item?.id : null;
  return { workspaceId, notificationId: id, topic, contactId: item?.contact?.id ?? ownId ?? null };
}
