// Changes in Intercom as tests make them: through its API, or by notifications; and waiting for their effects.
import { expect } from 'vitest';
import type { TestApp } from './app.ts';
import { deliver } from './notifications.ts';

type Target = Pick<TestApp, 'url' | 'sandbox' | 'query'>;

/** Writes through Intercom's REST API, like any other client of the workspace; resolves with the response. */
export async function intercom(app: Pick<TestApp, 'sandbox'>, method: string, path: string, body?: object) {
  const answer = await fetch(app.sandbox.url + path, {
    method,
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** Stops the sandbox's own notifications, so that the app receives only what the test sends. */
export async function silence({ sandbox }: Pick<TestApp, 'sandbox'>): Promise<void> {
  const answer = await fetch(`${sandbox.url}/sandbox/settings`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ webhooks_enabled: false }),
  });
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}.`);
}

/** Sends a notification and waits until it is handled; resolves with the outcome. */
export async function tell(
  app: Target,
  sent: { id: string | null; [field: string]: unknown },
): Promise<{ state: string; outcome: string }> {
  expect((await deliver(app.url, sent)).status).toBe(200);
  const read = () =>
    app.query<{ state: string; outcome: string }>(
      'select state, outcome from deliveries where notification_id = $1',
      [sent.id],
    );
  await expect.poll(async () => (await read())[0]?.state).not.toBe('received');
  const [row] = await read();
  if (!row) throw new Error('The notification is not stored.');
  return row;
}

/**
 * Waits until nothing is left to send, to handle or to do, in so many checks in a row: what has not happened by then never
 * will.
 */
export async function settled(app: Target, { checks = 3, interval = 60 } = {}): Promise<void> {
  const left = async () => {
    const sending = app.sandbox.world.deliveries
      .all()
      .filter((delivery) => delivery.status === 'pending').length;
    const [row] = await app.query<{ left: number }>(
      `select ((select count(*) from deliveries where state = 'received')
        + (select count(*) from runs where state = 'waiting')
        + (select count(*) from pgboss.job where state < 'completed' and start_after <= now()))::int as left`,
    );
    return sending + (row?.left ?? 0);
  };
  let quiet = 0;
  await expect
    .poll(async () => (quiet = (await left()) === 0 ? quiet + 1 : 0), { interval })
    .toBeGreaterThanOrEqual(checks);
}

/** Writes to the app's own API, with its own token; throws when refused. */
export async function api(
  app: Pick<TestApp, 'url' | 'apiToken'>,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
): Promise<{ id: string }> {
  const answer = await fetch(`${app.url}/api/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${await app.apiToken()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** Creates a campaign of the built-in program with one rule of the same name. */
export async function campaignWithRule(
  app: Pick<TestApp, 'url' | 'apiToken'>,
  name: string,
  rule: { when: object; holds_for_days?: number },
): Promise<string> {
  const { id } = await api(app, 'POST', 'campaigns', { name, destination_url: 'https://example.com' });
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  await api(app, 'POST', 'rules', { campaign_id: id, name, definition: { ...rule, then: 'qualify' } });
  return id;
}
