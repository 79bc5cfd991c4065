// Notifications as Intercom sends and signs them, made by hand.
import { createHmac, randomUUID } from 'node:crypto';
import { clientSecret } from './app.ts';

type Json = Record<string, unknown>;

/** Independent of the app's own signing: what Intercom documents. */
export function hubSignature(raw: string | Uint8Array, secret = clientSecret): string {
  return `sha1=${createHmac('sha1', secret).update(raw).digest('hex')}`;
}

export function contactItem(over: Json = {}) {
  return {
    type: 'contact',
    id: randomUUID().replaceAll('-', '').slice(0, 24),
    workspace_id: 'sandbox',
    external_id: null,
    role: 'user',
    email: 'mira@example.com',
    name: 'Mira Lund',
    updated_at: '2026-03-05T06:00:01.004+00:00',
    custom_attributes: {},
    ...over,
  };
}

/** About a new whole contact, unless `over` says otherwise. */
export function notification(over: Json = {}) {
  const item = contactItem();
  return {
    type: 'notification_event',
    app_id: 'sandbox',
    id: `notif_${randomUUID()}`,
    topic: 'contact.user.updated',
    delivery_status: 'pending',
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: 1_772_690_402,
    created_at: 1_772_690_401,
    links: {},
    self: null,
    data: { type: 'notification_event_data', item },
    ...over,
  };
}

/** Signed with the current secret; `headers` overrides. */
export function deliver(
  appUrl: string,
  body: string | Uint8Array<ArrayBuffer> | object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return fetch(`${appUrl}/intercom/webhooks`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Hub-Signature': hubSignature(raw), ...headers },
    body: raw,
  });
}
