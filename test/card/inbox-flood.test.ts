// Strangers who send much and slowly to the card's endpoints: they hold little of the process, and not for long.
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { inboxBody, openCard, send } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ overrides: { requestWithinMs: 120_000 } });
});
afterAll(() => app?.close());

const maya = { email: 'pending.lead@example.com' };
const megabyte = 1024 * 1024;

const opened: Caller[] = [];
afterEach(hangUp);

/** Returns when the app has noticed: it tells of each of them once. */
async function hangUp(): Promise<void> {
  for (const caller of opened) caller.socket.destroy();
  const refused = () => app.logged.filter((line) => line.includes('a card request was refused'));
  await expect.poll(() => refused().length).toBe(opened.length);
}

type Caller = { socket: Socket; answered: string; closed: boolean };

/** Announces a body of 10 MB and sends only `bytes` of it. */
function beginSending(bytes: number, to = app): Caller {
  const socket = connect(Number(new URL(to.url).port), '127.0.0.1');
  const caller: Caller = { socket, answered: '', closed: false };
  opened.push(caller);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    caller.answered += data;
  });
  socket.on('close', () => {
    caller.closed = true;
  });
  socket.write(
    `POST /intercom/inbox/submit HTTP/1.1\r\nHost: desk\r\nX-Body-Signature: ${'a'.repeat(64)}\r\n` +
      `Content-Length: ${10 * megabyte}\r\n\r\n`,
  );
  socket.write(Buffer.alloc(bytes, ' '));
  return caller;
}

test('large bodies that never end are refused beyond a share, and small ones pass beside them', async () => {
  const callers = Array.from({ length: 16 }, () => beginSending(9 * megabyte));
  const turnedAway = () => callers.filter((one) => one.closed);
  await expect.poll(() => turnedAway().length).toBeGreaterThan(0);
  expect(
    turnedAway()
      .map((one) => one.answered)
      .join(''),
  ).not.toContain(' 408 ');
  expect(callers.length - turnedAway().length).toBeGreaterThan(8);
  expect((await openCard(app, maya)).text).toContain('Spring');
});

test('what they held is free again when they are gone', async () => {
  for (let round = 0; round < 3; round += 1) {
    const callers = Array.from({ length: 8 }, () => beginSending(9 * megabyte));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(callers.filter((one) => one.closed)).toEqual([]);
    await hangUp();
  }
  const raw = JSON.stringify(inboxBody(app, maya, { padding: 'x'.repeat(9 * megabyte) }));
  expect((await send(app, '/intercom/inbox/initialize', raw)).status).toBe(200);
});

test('a body that does not arrive in time is cut off', async () => {
  const impatient = await startTestApp({ overrides: { requestWithinMs: 500 } });
  const caller = beginSending(10, impatient);
  await expect.poll(() => caller.closed).toBe(true);
  expect(caller.answered).toMatch(/^HTTP\/1.1 408 /);
  opened.splice(opened.indexOf(caller), 1);
  await impatient.close();
});
