// A notification of Intercom as it was received, and how far its handling is.
import { z } from 'zod';

export const deliveryState = z.enum(['received', 'done', 'ignored', 'failed']);
export type DeliveryState = z.infer<typeof deliveryState>;

export type NewDelivery = {
  workspaceId: string;
  /** Intercom's; null on a ping. The same one twice in a workspace is one delivery. */
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
  /** What came of it, or why nothing did, in words. */
  outcome: string | null;
  handledAt: Date | null;
};
