// Intercom's webhooks: signed notifications about every change, kept until they are delivered or given up.

import type { FaultBoard } from '../faults.ts';
import { scaled, settingsOf } from '../settings.ts';
import type { Delivery, World } from '../world.ts';
import type { Answered, AppCalls } from './app-calls.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { notification, ping } from './notification.ts';

/**
 * Tells the app about a change. `item` is the object as the REST API shows it; its times become the ISO strings
 * that Intercom's notifications have.
 */
export type Emit = (topic: string, item: Record<string, unknown>) => void;

export type Webhooks = {
  emit: Emit;
  /** Tries the endpoint as saving it in the Developer Hub does: HEAD first, then a ping. */
  ping(): Promise<{ head: Answered; ping: Answered }>;
  /** Sends a stored notification again, with the same id. False when it is unknown or still under way. */
  redeliver(id: string): boolean;
  /** Delivers what a `reorder` fault still holds back. */
  releaseHeld(): void;
  /** Stops sending; what is pending goes out after the next start. */
  close(): Promise<void>;
};

type WebhookDeps = { world: World; app: AppCalls; faults: FaultBoard; topics: readonly string[] };

/** Webhooks for the `topics` that the app's page in the Developer Hub subscribes to; of others nothing is sent. */
export function createWebhooks(deps: WebhookDeps): Webhooks {
  const { world, app } = deps;
  const sender = new WebhookSender(deps);
  return {
    emit: (topic, item) => sender.emit(topic, item),
    async ping() {
      const head = await app.headWebhooks();
      return { head, ping: await app.postWebhook(JSON.stringify(ping(world.workspace.id, world.nowMs()))) };
    },
    redeliver: (id) => sender.queue.again(id),
    releaseHeld: () => sender.releaseHeld(),
    async close() {
      app.close();
      await sender.queue.close();
    },
  };
}

/** Decides when, how often and in which order notifications go out. */
class WebhookSender {
  readonly queue: DeliveryQueue;
  readonly #deps: WebhookDeps;
  readonly #twice = new Set<string>();
  #emitted = 0;
  #held: string[] = [];

  constructor(deps: WebhookDeps) {
    this.#deps = deps;
    this.queue = new DeliveryQueue(deps.world, (delivery) => this.#send(delivery));
  }

  emit(topic: string, item: Record<string, unknown>): void {
    const { world, faults, topics } = this.#deps;
    if (!topics.includes(topic)) return;
    const late = this.#usualDelay() + faults.webhookDelay(topic);
    const delivery = delayed(newDelivery(world, topic, item), scaled(world, late));
    const fate = settingsOf(world).webhooks_enabled ? faults.nextWebhook(topic) : 'drop';
    switch (fate) {
      case 'deliver':
        this.queue.add(delivery);
        break;
      case 'drop':
        this.queue.finish({ ...delivery, status: 'dropped' });
        break;
      case 'duplicate':
        this.#twice.add(delivery.id);
        this.queue.add(delivery);
        break;
      case 'hold':
        this.#held.push(world.deliveries.put(delivery).id);
        break;
      case 'release':
        this.#held.push(world.deliveries.put(delivery).id);
        this.releaseHeld();
        break;
    }
  }

  // One by one, since sending them together would let the network put them in order again.
  releaseHeld(): void {
    this.queue.sendInTurn(this.#held.reverse());
    this.#held = [];
  }

  async #send(delivery: Delivery): Promise<number | null> {
    const { world, app } = this.#deps;
    const body = bodyOfAttempt(delivery);
    const copies = settingsOf(world).webhook_copies * (this.#twice.delete(delivery.id) ? 2 : 1);
    const [status = null] = await Promise.all(Array.from({ length: copies }, () => app.postWebhook(body)));
    return status;
  }

  /** How late this notification is, apart from faults. */
  #usualDelay(): number {
    const { webhook_delay_ms, webhook_disorder } = settingsOf(this.#deps.world);
    this.#emitted += 1;
    return webhook_disorder && this.#emitted % 2 === 1 ? 2 * webhook_delay_ms : webhook_delay_ms;
  }
}

function newDelivery(world: World, topic: string, item: Record<string, unknown>): Delivery {
  const now = world.nowMs();
  const envelope = notification(world.workspace.id, topic, item, now);
  return {
    id: envelope.id,
    topic,
    body: JSON.stringify(envelope),
    attempts: 0,
    status: 'pending',
    last_status: null,
    created_at: envelope.created_at,
    due_at: now,
  };
}

function delayed(delivery: Delivery, ms: number): Delivery {
  return { ...delivery, due_at: delivery.due_at + ms };
}

/** A repetition keeps its id and its times; only the count of attempts tells it apart. */
function bodyOfAttempt(delivery: Delivery): string {
  const envelope: Record<string, unknown> = JSON.parse(delivery.body);
  return JSON.stringify({ ...envelope, delivery_attempts: delivery.attempts });
}
