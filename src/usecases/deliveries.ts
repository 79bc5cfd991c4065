// Notifications that were received: what became of them, and having them handled again.
import type { Delivery, DeliveryState } from '../domain/delivery.ts';
import type { Page, PageRequest } from '../domain/programme.ts';
import { Failure } from '../failure.ts';

export type DeliveryFilter = {
  topic?: string | undefined;
  state?: DeliveryState | undefined;
  contactId?: string | undefined;
};

export type DeliveryStore = {
  list(workspaceId: string, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** `body` is the JSON text; empty when it was not kept. */
  find(workspaceId: string, id: number): Promise<(Delivery & { body: string }) | null>;
  /** Marks them as received only now and enqueues their handling; answers how many have a body to handle. */
  replay(workspaceId: string, which: { id: number } | { state: 'failed' }): Promise<number>;
};

export type Deliveries = {
  deliveries(workspaceId: string, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** With the notification itself, null when it was not kept. Rejects with `not-found`. */
  delivery(workspaceId: string, id: number): Promise<Delivery & { notification: unknown }>;
  /** Has it handled once more. Rejects with `not-found`, and `conflict` when its body was not kept. */
  replay(workspaceId: string, id: number): Promise<Delivery>;
  /** Answers how many there were. */
  replayFailed(workspaceId: string): Promise<number>;
};

export function createDeliveries({ store }: { store: DeliveryStore }): Deliveries {
  async function existing(workspaceId: string, id: number) {
    const found = await store.find(workspaceId, id);
    if (found) return found;
    throw new Failure('not-found', 'There is no delivery with this id.');
  }

  return {
    deliveries: store.list,
    async delivery(workspaceId, id) {
      const { body, ...delivery } = await existing(workspaceId, id);
      return { ...delivery, notification: body === '' ? null : JSON.parse(body) };
    },
    async replay(workspaceId, id) {
      if ((await store.replay(workspaceId, { id })) === 0) {
        await existing(workspaceId, id);
        throw new Failure('conflict', 'The body of this delivery was not kept: there is nothing to handle.');
      }
      const { body: _, ...delivery } = await existing(workspaceId, id);
      return delivery;
    },
    replayFailed: (workspaceId) => store.replay(workspaceId, { state: 'failed' }),
  };
}
