// A webhook notification as it was received from Intercom, and how far its handling is.
import { z } from 'zod';

/** `dismissed`: it failed, and nothing is to be done about it. It can still be replayed. */
export const deliveryState = z.enum(['received', 'done', 'ignored', 'failed', 'dismissed']);
export type DeliveryState = z.infer<typeof deliveryState>;

export type NewDelivery = {
  workspaceId: string;
  /** Intercom's id; null on a ping. The same id twice in a workspace is one delivery. */
  notificationId: string | null;
  topic: string;
  contactId: string | null;
  /** JSON in UTF-8. */
  body: Uint8Array;
};

export type Delivery = {
  id: number;
  workspaceId: string;
  notificationId: string | null;
  topic: string;
  contactId: string | null;
  receivedAt: Date;
  state: DeliveryState;
  outcome: string | null;
  dismissedBecause: string | null;
  handledAt: Date | null;
};
