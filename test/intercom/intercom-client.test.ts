// Intercom's REST API on its worst days, as the client tells them: too slow by drops, over its limit, elsewhere, odd.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { createIntercomCall } from '../../src/intercom/call.ts';
import { createConversionClient } from '../../src/intercom/contacts/conversion-client.ts';
import { createWriteBack } from '../../src/intercom/contacts/write-back.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function clientOf(answer: RequestListener, timeoutMs?: number) {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  return createConversionClient(createIntercomCall(url, 'token', timeoutMs));
}

test('an answer that never ends is given up in time, though bytes keep coming', async () => {
  const client = await clientOf((_req, res) => {
    const drip = setInterval(() => res.write(' '), 20);
    res.on('close', () => clearInterval(drip));
  }, 200);
  await expect(client.contact('a')).rejects.toMatchObject({ code: 'unavailable' });
});

test('a read is sent again over a connection that was reset, once, and a change is not', async () => {
  const asked: string[] = [];
  let resets = 1;
  const client = await clientOf((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    if (asked.length <= resets) req.socket.resetAndDestroy();
    else res.writeHead(404).end('{}');
  });
  expect(await client.contact('a')).toEqual({ outcome: 'gone' });
  expect(asked).toEqual(['GET /contacts/a', 'GET /contacts/a']);
  resets = 5;
  await expect(client.contact('a')).rejects.toMatchObject({ code: 'unavailable' });
  expect(asked).toHaveLength(4);
  await expect(client.merge('a', 'b', false)).rejects.toMatchObject({ code: 'unavailable' });
  expect(asked.slice(4)).toEqual(['POST /contacts/merge']);
});

test('the token goes to no host that Intercom points to', async () => {
  const asked: string[] = [];
  const client = await clientOf((req, res) => {
    asked.push(req.url ?? '');
    res.writeHead(302, { Location: '/elsewhere' }).end();
  });
  await expect(client.contact('a')).rejects.toMatchObject({ code: 'bad-upstream' });
  expect(asked).toEqual(['/contacts/a']);
});

test.each([
  { status: 429, code: 'rate-limited' },
  { status: 401, code: 'unauthorized' },
  { status: 402, code: 'forbidden' },
  { status: 403, code: 'forbidden' },
  { status: 408, code: 'unavailable' },
  { status: 503, code: 'unavailable' },
])('a $status is told as $code', async ({ status, code }) => {
  const client = await clientOf((_req, res) => res.writeHead(status).end('{}'));
  await expect(client.contact('a')).rejects.toMatchObject({ code });
  await expect(client.merge('a', 'b', false)).rejects.toMatchObject({ code });
});

const denied = (code: string) =>
  JSON.stringify({ type: 'error.list', errors: [{ code, message: `no: ${code}` }] });

test.each([
  // The code, the status it comes with, what /me answers, and what the refusal is.
  ['token_unauthorized', 401, 200, 'forbidden'],
  ['token_unauthorized', 401, 401, 'forbidden'],
  ['api_plan_restricted', 403, 200, 'forbidden'],
  ['action_forbidden', 403, 401, 'forbidden'],
  ['unauthorized', 401, 200, 'forbidden'],
  ['unauthorized', 401, 401, 'unauthorized'],
  ['token_revoked', 401, 401, 'unauthorized'],
  ['token_revoked', 401, 200, 'forbidden'],
  ['token_not_found', 401, 401, 'unauthorized'],
  ['token_expired', 401, 503, 'unavailable'],
  ['a_code_of_tomorrow', 401, 200, 'forbidden'],
] as const)('%s with %s is, where /me answers %s, %s', async (code, status, me, expected) => {
  const client = await clientOf((req, res) =>
    req.url === '/me'
      ? res.writeHead(me).end(denied('unauthorized'))
      : res.writeHead(status).end(denied(code)),
  );
  await expect(client.contact('a')).rejects.toMatchObject({ code: expected });
});

test('the page of a gateway names the IP allowlist, and none of its HTML', async () => {
  const client = await clientOf((_req, res) =>
    res.writeHead(403, { 'Content-Type': 'text/html' }).end('<html><body>Forbidden by policy</body></html>'),
  );
  const told = await client.contact('a').catch((error: unknown) => error);
  expect(told).toMatchObject({ code: 'forbidden', message: expect.stringContaining('IP allowlist') });
  expect(String(told)).not.toContain('<');
});

const inJson = { 'Content-Type': 'application/json' };
const told = (client: Awaited<ReturnType<typeof clientOf>>): Promise<unknown> =>
  client.contact('a').catch((error: unknown) => error);

test.each([
  ['{"type":"error.list","errors":[{"code":"x","message":"Nope"}]}', 'Nope'],
  ['{"type":"error.list","errors":[{"code":"only_a_code"}]}', 'only_a_code'],
  ['{"message":"Nope"}', 'Nope'],
  ['{"errors":"Nope"}', 'Nope'],
  ['{"errors":["Nope"]}', 'Nope'],
  ['{"errors":{"email":["is bad"],"name":"is long"}}', 'email: is bad; name: is long'],
  ['{"errors":[],"message":"Nope"}', 'Nope'],
  ['{"error":"Nope"}', 'Nope'],
  ['{"error":{"message":"Nope"}}', 'Nope'],
  ['{"error":{"code":"only_a_code"}}', 'only_a_code'],
  ['{"title":"Bad","detail":"Nope"}', 'Nope'],
  ['Nope,\n not at all', 'Nope, not at all'],
  ['{"message":"<p>Nope</p><br/>of <ann@example.com>\\u0000"}', 'Nope of <ann@example.com>'],
  [`{"message":"${'x'.repeat(100_000)}"}`, 'x'.repeat(500)],
  ['<html><body>Nope</body></html>', 'status 406'],
  ['{"message":"No', 'status 406'],
  ['{"message":{"deep":{"er":1}}}', 'status 406'],
  [
    '{"message":"No match for Authorization: Bearer dG9r~+/=, sorry"}',
    'No match for Authorization: Bearer [hidden], sorry',
  ],
  ['', 'status 406'],
])('a refusal is told in the words of its body, in whatever form: %.60s', async (body, words) => {
  const client = await clientOf((_req, res) => res.writeHead(406, inJson).end(body));
  if (body.startsWith('<')) expect(String(await told(client))).not.toContain('<');
  else expect(await told(client)).toMatchObject({ message: `Intercom answered 406: ${words}` });
});

const permanent = [400, 405, 406, 409, 411, 413, 414, 415, 416, 418, 422, 423, 424, 426, 431, 451];

test.each([...permanent.map((status) => [status, true] as const), [425, false] as const])(
  'a %s of Intercom is final: %s',
  async (status, final) => {
    const client = await clientOf((_req, res) => res.writeHead(status, inJson).end('{"message":"Nope"}'));
    expect(await told(client)).toMatchObject({ final, notDone: true });
  },
);

test.each<[number, string, object, string?]>([
  [400, 'rate_limit_exceeded', { code: 'rate-limited', retryAfterSeconds: 5 }],
  [200, 'rate_limit_exceeded', { code: 'rate-limited', retryAfterSeconds: 5 }],
  [
    400,
    'intercom_version_invalid',
    { code: 'unavailable' },
    'Install a newer version of Referral Desk (no: intercom_version_invalid)',
  ],
  [
    406,
    'intercom_version_invalid',
    { code: 'unavailable' },
    'Install a newer version of Referral Desk (no: intercom_version_invalid)',
  ],
  [200, 'parameter_invalid', { code: 'invalid', final: true }, 'no: parameter_invalid'],
  [200, 'token_unauthorized', { code: 'forbidden' }],
  [200, 'token_revoked', { code: 'unauthorized' }],
  [200, 'server_error', { code: 'unavailable' }],
])('a %s with the code %s is what the code says', async (status, code, expected, words = '') => {
  const client = await clientOf((req, res) =>
    req.url === '/me'
      ? res.writeHead(401, inJson).end(denied('unauthorized'))
      : res.writeHead(status, { ...inJson, 'Retry-After': '5' }).end(denied(code)),
  );
  expect(await told(client)).toMatchObject({ ...expected, message: expect.stringContaining(words) });
});

test.each(['<html><body>Sign in</body></html>', 'Welcome to the guest network', '{"id": "a", "na'])(
  'a 200 that is not JSON is no success of a write: %s',
  async (body) => {
    const started = createServer((_req, res) =>
      res.writeHead(200, { 'Content-Type': 'text/html' }).end(body),
    );
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const call = createIntercomCall(`http://127.0.0.1:${(started.address() as AddressInfo).port}`, 'token');
    const writeBack = createWriteBack(async () => call);
    // It may have reached Intercom all the same.
    const failure = { code: 'bad-upstream', notDone: false, final: false };
    const event = { contactId: 'a', name: 'referral-qualified', at: new Date(), metadata: {} };
    await expect(writeBack.setAttributes('w', 'a', { referral_status: 'Qualified' })).rejects.toMatchObject(
      failure,
    );
    await expect(writeBack.trackEvent('w', event)).rejects.toMatchObject(failure);
  },
);

test('an error of "not found" that comes with 200 is a contact that is gone', async () => {
  const client = await clientOf((_req, res) => res.writeHead(200, inJson).end(denied('not_found')));
  expect(await client.contact('a')).toEqual({ outcome: 'gone' });
});

test.each([404, 410])('a %s for what names nothing is a refusal of what was sent', async (status) => {
  const client = await clientOf((_req, res) => res.writeHead(status, inJson).end('{"message":"Nope"}'));
  await expect(client.usersByEmail('a@example.com')).rejects.toMatchObject({ code: 'invalid', final: true });
  await expect(client.notes('a')).rejects.toMatchObject({ code: 'not-found', final: true });
});

test.each([301, 302, 307, 308])('a %s to another region says what to do, and is final', async (status) => {
  const Location = 'https://api.eu.intercom.io/contacts/a?secret=1';
  const client = await clientOf((_req, res) => res.writeHead(status, { Location }).end());
  expect(await told(client)).toMatchObject({
    ...{ code: 'bad-upstream', final: true },
    message:
      `Intercom answered ${status} and points to api.eu.intercom.io: the workspace is in another region. Install the ` +
      'app again for the region EU. If INTERCOM_API_URL is set, change it to https://api.eu.intercom.io',
  });
});

test.each([
  [413, true],
  [431, true],
  [404, false],
])('the page of a gateway with %s is final: %s', async (status, final) => {
  const client = await clientOf((_req, res) => res.writeHead(status).end('<html><body>No</body></html>'));
  expect(await told(client)).toMatchObject({ code: 'bad-upstream', final });
});

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();

test.each([
  ['86400', 60, 60],
  ['1e300', 60, 60],
  ['7', 7, 7],
  ['1.2', 2, 2],
  ['0', 0, 0],
  [inSeconds(30), 1, 30],
  [inSeconds(86_400), 60, 60],
  [inSeconds(-30), 0, 0],
])('a Retry-After of %s is obeyed, within bounds', async (written, from, to) => {
  const client = await clientOf((_req, res) => res.writeHead(429, { 'Retry-After': written }).end('{}'));
  const failure = await told(client);
  if (!(failure instanceof Failure)) throw failure;
  expect(failure.retryAfterSeconds).toBeGreaterThanOrEqual(from);
  expect(failure.retryAfterSeconds).toBeLessThanOrEqual(to);
});

test.each(['soon', '-5', '', '2026'.repeat(3).concat('-')])(
  'a Retry-After of "%s" says nothing',
  async (written) => {
    const client = await clientOf((_req, res) => res.writeHead(429, { 'Retry-After': written }).end('{}'));
    expect(await told(client)).toMatchObject({ code: 'rate-limited', retryAfterSeconds: undefined });
  },
);

test('a refused call says what was asked and answered, and never the token', async () => {
  const client = await clientOf((_req, res) => res.writeHead(503).end('{}'));
  const told = await client.merge('a', 'b', false).catch((error: unknown) => error);
  expect(told).toMatchObject({
    exchange: {
      request: { method: 'POST', path: '/contacts/merge', data: { from: 'a', into: 'b' } },
      answer: { status: 503, message: 'status 503' },
    },
  });
  expect(JSON.stringify(told)).not.toContain('token');
});

test.each(['', 'no json', '[]', '{"id":7}', '{"id":"a","role":"admin"}'])(
  'a contact that cannot be read is told as such: %s',
  async (body) => {
    const client = await clientOf((_req, res) =>
      res.writeHead(200, { 'Content-Type': 'application/json' }).end(body),
    );
    await expect(client.contact('a')).rejects.toMatchObject({ code: 'bad-upstream' });
  },
);

test('a merged contact leads to the one that remains, where Intercom says which', async () => {
  const link = '<https://api.intercom.io/contacts/64a7f0c2>; rel="canonical"';
  const telling = await clientOf((_req, res) => res.writeHead(410, { Link: link }).end('{}'));
  expect(await telling.contact('a')).toEqual({ outcome: 'merged', into: '64a7f0c2' });
});

test('an attribute by whatever name is read, so that a merge preview can show what happens to it', async () => {
  const client = await clientOf((_req, res) =>
    res
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end('{"id":"a","role":"lead","custom_attributes":{"__proto__":"x","constructor":"ACME"}}'),
  );
  const read = await client.contact('a');
  const names = read.outcome === 'found' ? Object.keys(read.contact.customAttributes) : [];
  expect(names).toEqual(['__proto__', 'constructor']);
});
