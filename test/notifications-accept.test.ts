// Notifications at the front door: what is answered, what is stored, and when.
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientSecret, previousClientSecret, startTestApp, type TestApp } from './support/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ story: false });
});
afterAll(() => app?.close());

const signature = (raw: string | Uint8Array, secret = clientSecret) =>
  `sha1=${createHmac('sha1', secret).update(raw).digest('hex')}`;

function post(
  raw: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${app.url}/intercom/webhooks`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Hub-Signature': signature(raw), ...headers },
    body: raw,
  });
}

function notice(over: Record<string, unknown> = {}) {
  const contact = {
    type: 'contact',
    id: randomUUID(),
    role: 'user',
    email: 'a@example.com',
    custom_attributes: {},
  };
  return {
    type: 'notification_event',
    app_id: 'sandbox',
    id: `notif_${randomUUID()}`,
    topic: 'contact.user.updated',
    data: { type: 'notification_event_data', item: contact },
    ...over,
  };
}

describe('A notification', () => {
  it('is stored as it came, under its workspace, with its topic and contact, and answered with 200', async () => {
    const sent = notice();
    const raw = JSON.stringify(sent, null, 1);
    const answer = await post(raw);
    expect(answer.status).toBe(200);
    const [row] = await app.query('select * from deliveries where notification_id = $1', [sent.id]);
    expect(row).toMatchObject({
      workspace_id: 'sandbox',
      topic: sent.topic,
      contact_id: sent.data.item.id,
      body: raw,
    });
  });
});
