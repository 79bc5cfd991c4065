// Sends stored notifications: a few at once, one retry after a failure, and on from where the last run stopped.

import { changeSettings, scaled, settingsOf } from '../settings.ts';
import type { Delivery, World } from '../world.ts';
import type { Answered } from './app-calls.ts';

export type DeliveryQueue = {
  /** Stores a notification and sends it when it is due. */
  add(delivery: Delivery): void;
  /** Stores a notification that nothing more is to be done about. */
  finish(delivery: Delivery): void;
  /** Sends stored notifications one after the other, before they are due. */
  sendInTurn(ids: string[]): void;
  /** Sends a finished notification again. False when it is unknown or still under way. */
  again(id: string): boolean;
  close(): Promise<void>;
};

const mostAtOnce = 10;
const finishedKept = 1000;
// A thousand failures in a row, or a quarter of an hour of them, and nothing is sent for as long; what comes meanwhile is
// dropped: https://developers.intercom.com/docs/webhooks/webhook-notifications
const mostFailures = 1000;
const pauseMs = 15 * 60 * 1000;

/** Starts with the deliveries that an earlier run left pending. `send` answers the status, or null for none. */
export function createDeliveryQueue(
  world: World,
  send: (delivery: Delivery) => Promise<Answered>,
): DeliveryQueue {
  const timers = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();
  const ready: string[] = [];
  let finished: string[] = [];
  let closed = false;
  let failures = { inRow: 0, since: 0 };
  let pausedUntil = 0;

  function add(delivery: Delivery): void {
    world.deliveries.put(delivery);
    const wait = delivery.due_at - world.nowMs();
    if (wait <= 0) {
      makeReady(delivery.id);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      makeReady(delivery.id);
    }, wait);
    timers.add(timer);
  }

  function makeReady(id: string): void {
    ready.push(id);
    sendReady();
  }

  function sendReady(): void {
    while (!closed && underWay.size < mostAtOnce) {
      const id = ready.shift();
      if (id === undefined) return;
      track(attempt(id));
    }
  }

  function track(work: Promise<void>): void {
    const settled = work.finally(() => {
      underWay.delete(settled);
      sendReady();
    });
    underWay.add(settled);
  }

  async function attempt(id: string): Promise<void> {
    const delivery = world.deliveries.get(id);
    if (closed || delivery?.status !== 'pending') return;
    if (!settingsOf(world).webhooks_enabled || world.nowMs() < pausedUntil) {
      finish({ ...delivery, status: 'dropped' });
      return;
    }
    const trying = { ...delivery, attempts: delivery.attempts + 1 };
    const status = await send(trying);
    // The sandbox was stopped or reset meanwhile; a reset needs to tell the queue nothing, since what is not stored
    // is not sent.
    if (closed || !world.deliveries.get(id)) return;
    if (status === 410) changeSettings(world, { webhooks_enabled: false });
    countFailure(isDelivered(status));
    const retryAt = world.nowMs() + scaled(world, settingsOf(world).webhook_retry_ms);
    const tried = afterAttempt(trying, status, retryAt);
    if (tried.status === 'pending') add(tried);
    else finish(tried);
  }

  function countFailure(delivered: boolean): void {
    const now = world.nowMs();
    if (delivered) failures = { inRow: 0, since: now };
    else failures = { inRow: failures.inRow + 1, since: failures.inRow === 0 ? now : failures.since };
    if (failures.inRow < mostFailures && (failures.inRow === 0 || now - failures.since < pauseMs)) return;
    pausedUntil = now + pauseMs;
    failures = { inRow: 0, since: now };
  }

  function finish(delivery: Delivery): void {
    world.deliveries.put(delivery);
    finished.push(delivery.id);
    for (const tooOld of finished.splice(0, finished.length - finishedKept)) world.deliveries.remove(tooOld);
  }

  async function sendAll(ids: string[]): Promise<void> {
    for (const id of ids) await attempt(id);
  }

  for (const delivery of world.deliveries.all()) {
    if (delivery.status === 'pending') add(delivery);
    else finished.push(delivery.id);
  }

  return {
    add,
    finish,
    sendInTurn: (ids) => track(sendAll(ids)),
    again(id) {
      const delivery = world.deliveries.get(id);
      if (!delivery || delivery.status === 'pending') return false;
      finished = finished.filter((finishedId) => finishedId !== id);
      add({ ...delivery, status: 'pending', attempts: 0, due_at: world.nowMs() });
      return true;
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
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
