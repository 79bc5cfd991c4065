// Sends stored notifications: a few at once, one retry after a failure, and on from where the last run stopped.

import { changeSettings, scaled, settingsOf } from '../settings.ts';
import type { Delivery, World } from '../world.ts';
import type { Answered } from './app-calls.ts';

const mostAtOnce = 10;
const finishedKept = 1000;
// A thousand failures in a row, or a quarter of an hour of them, and nothing is sent for as long; what comes meanwhile is
// dropped: https://developers.intercom.com/docs/webhooks/webhook-notifications
const mostFailures = 1000;
const pauseMs = 15 * 60 * 1000;

type Send = (delivery: Delivery) => Promise<Answered>;

export class DeliveryQueue {
  readonly #world: World;
  readonly #send: Send;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #ready: string[] = [];
  #finished: string[] = [];
  #closed = false;
  #failures = { inRow: 0, since: 0 };
  #pausedUntil = 0;

  /** Starts with the deliveries that an earlier run left pending. `send` answers the status, or null for none. */
  constructor(world: World, send: Send) {
    this.#world = world;
    this.#send = send;
    for (const delivery of world.deliveries.all()) {
      if (delivery.status === 'pending') this.add(delivery);
      else this.#finished.push(delivery.id);
    }
  }

  /** Stores a notification and sends it when it is due. */
  add(delivery: Delivery): void {
    this.#world.deliveries.put(delivery);
    const wait = delivery.due_at - this.#world.nowMs();
    if (wait <= 0) {
      this.#makeReady(delivery.id);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#makeReady(delivery.id);
    }, wait);
    this.#timers.add(timer);
  }

  /** Stores a notification that nothing more is to be done about. */
  finish(delivery: Delivery): void {
    this.#world.deliveries.put(delivery);
    this.#finished.push(delivery.id);
    const surplus = this.#finished.length - finishedKept;
    for (const tooOld of this.#finished.splice(0, surplus)) this.#world.deliveries.remove(tooOld);
  }

  /** Sends stored notifications one after the other, before they are due. */
  sendInTurn(ids: string[]): void {
    this.#track(this.#sendAll(ids));
  }

  /** Sends a finished notification again. False when it is unknown or still under way. */
  again(id: string): boolean {
    const delivery = this.#world.deliveries.get(id);
    if (!delivery || delivery.status === 'pending') return false;
    this.#finished = this.#finished.filter((finishedId) => finishedId !== id);
    this.add({ ...delivery, status: 'pending', attempts: 0, due_at: this.#world.nowMs() });
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#underWay);
  }

  #makeReady(id: string): void {
    this.#ready.push(id);
    this.#sendReady();
  }

  #sendReady(): void {
    while (!this.#closed && this.#underWay.size < mostAtOnce) {
      const id = this.#ready.shift();
      if (id === undefined) return;
      this.#track(this.#attempt(id));
    }
  }

  #track(work: Promise<void>): void {
    const settled = work.finally(() => {
      this.#underWay.delete(settled);
      this.#sendReady();
    });
    this.#underWay.add(settled);
  }

  async #sendAll(ids: string[]): Promise<void> {
    for (const id of ids) await this.#attempt(id);
  }

  async #attempt(id: string): Promise<void> {
    const world = this.#world;
    const delivery = world.deliveries.get(id);
    if (this.#closed || delivery?.status !== 'pending') return;
    if (!settingsOf(world).webhooks_enabled || world.nowMs() < this.#pausedUntil) {
      this.finish({ ...delivery, status: 'dropped' });
      return;
    }
    const trying = { ...delivery, attempts: delivery.attempts + 1 };
    const status = await this.#send(trying);
    // The sandbox was stopped or reset meanwhile; a reset needs to tell the queue nothing, since what is not stored
    // is not sent.
    if (this.#closed || !world.deliveries.get(id)) return;
    if (status === 410) changeSettings(world, { webhooks_enabled: false });
    this.#countFailure(isDelivered(status));
    const retryAt = world.nowMs() + scaled(world, settingsOf(world).webhook_retry_ms);
    const tried = afterAttempt(trying, status, retryAt);
    if (tried.status === 'pending') this.add(tried);
    else this.finish(tried);
  }

  #countFailure(delivered: boolean): void {
    const now = this.#world.nowMs();
    const { inRow, since } = this.#failures;
    const failures = delivered
      ? { inRow: 0, since: now }
      : { inRow: inRow + 1, since: inRow === 0 ? now : since };
    this.#failures = failures;
    if (failures.inRow < mostFailures && (failures.inRow === 0 || now - failures.since < pauseMs)) return;
    this.#pausedUntil = now + pauseMs;
    this.#failures = { inRow: 0, since: now };
  }
}

/** One retry, then no more; 410 ends it at once: https://developers.intercom.com/docs/webhooks/webhook-notifications */
function afterAttempt(tried: Delivery, status: Answered, retryAt: number): Delivery {
  const known = { ...tried, last_status: status };
  if (isDelivered(status)) return { ...known, status: 'delivered' };
  if (status === 410 || tried.attempts >= 2) return { ...known, status: 'failed' };
  return { ...known, due_at: retryAt };
}

function isDelivered(status: Answered): boolean {
  return status !== null && status >= 200 && status < 300;
}
