// Notifications that were received: what became of them, and having them handled again.

import type { Page, PageRequest } from '../../domain/program/program.ts';
import type { Delivery, DeliveryState } from '../../domain/qualification/delivery.ts';
import { Failure } from '../../failure.ts';
import type { Actor, Audit } from '../workspace/audit.ts';

export type DeliveryFilter = {
  topic?: string | undefined;
  state?: DeliveryState | undefined;
  contactId?: string | undefined;
};

/** `failed`: all of them, or those of one topic or contact. */
export type Replayed = { id: number } | { failed: Pick<DeliveryFilter, 'topic' | 'contactId'> };

export type DeliveryStore<Tx> = {
  list(workspaceId: string, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** `body` is the JSON text; empty when it was not kept. */
  find(workspaceId: string, id: number): Promise<(Delivery & { body: string }) | null>;
  /**
   * Marks them as received only now and enqueues their handling; answers how many have a body to handle. Where there are
   * some, `alongside` is done in the same transaction.
   */
  replay(
    workspaceId: string,
    which: Replayed,
    alongside: (tx: Tx, count: number) => Promise<void>,
  ): Promise<number>;
  /** How many failed ones `replay` would take. */
  countFailed(workspaceId: string, filter: Pick<DeliveryFilter, 'topic' | 'contactId'>): Promise<number>;
};

export type Deliveries = {
  deliveries(workspaceId: string, filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  /** With the notification itself, null when it was not kept. Rejects with `not-found`. */
  delivery(workspaceId: string, id: number): Promise<Delivery & { notification: unknown }>;
  /**
   * Has it handled once more. Rejects with `not-found`, and `conflict` when its body was not kept. `by` goes to the log of
   * changes.
   */
  replay(workspaceId: string, id: number, by: Actor | null): Promise<Delivery>;
  /** Every failed one that the filter, whose state is not looked at, lets through; answers how many there were. */
  replayFailed(workspaceId: string, filter: DeliveryFilter, by: Actor | null): Promise<number>;
  /** How many `replayFailed` would take. */
  countFailed(workspaceId: string, filter: DeliveryFilter): Promise<number>;
};

type Deps<Tx> = { store: DeliveryStore<Tx>; audit: Pick<Audit<Tx>, 'record'> };

export function createDeliveries<Tx>({ store, audit }: Deps<Tx>): Deliveries {
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
    async replay(workspaceId, id, by) {
      const replayed = await store.replay(workspaceId, { id }, async (tx) => {
        if (by) await audit.record(workspaceId, by, 'had a notification handled again', { delivery: id }, tx);
      });
      if (replayed === 0) {
        await existing(workspaceId, id);
        throw new Failure('conflict', 'The body of this delivery was not kept: there is nothing to handle.');
      }
      const { body: _, ...delivery } = await existing(workspaceId, id);
      return delivery;
    },
    replayFailed: (workspaceId, { topic, contactId }, by) =>
      store.replay(workspaceId, { failed: { topic, contactId } }, async (tx, count) => {
        if (!by) return;
        const what = `had ${count} failed ${count === 1 ? 'notification' : 'notifications'} handled again`;
        await audit.record(workspaceId, by, what, {}, tx);
      }),
    countFailed: store.countFailed,
  };
}
