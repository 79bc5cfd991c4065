// What no one should send to the card's endpoints: forged, broken, enormous, hostile. Never a 5xx, never a broken canvas.

import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkCanvas } from '../../sandbox/inbox/canvas-check.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import {
  clientSecret,
  freePort,
  previousClientSecret,
  sign,
  startTestApp,
  type TestApp,
} from '../support/app.ts';
import { inboxBody, send } from '../support/teammate.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.close());

const paths = ['/intercom/inbox/initialize', '/intercom/inbox/submit'];
const maya = { email: 'pending.lead@example.com' };
const body = (more: object = {}) => JSON.stringify(inboxBody(app, maya, more));

async function canvasOf(answer: Response) {
  expect(answer.status).toBe(200);
  const json = (await answer.json()) as { canvas: unknown };
  expect(checkCanvas(json, 'inbox').problems).toEqual([]);
  return JSON.stringify(json.canvas);
}

describe.each(paths)('%s', (path) => {
  test('takes what either of the two secrets signed', async () => {
    expect((await send(app, path, body())).status).toBe(200);
    expect((await send(app, path, body(), sign(body(), previousClientSecret))).status).toBe(200);
  });

  test('refuses missing, forged, truncated, padded and wrongly hashed signatures with an empty 401', async () => {
    const raw = body();
    const good = sign(raw);
    const sha1 = createHmac('sha1', clientSecret).update(raw).digest('hex');
    for (const bad of [
      null,
      '',
      sign(raw, 'another secret'),
      good.slice(0, 40),
      `${good}0`,
      `sha256=${good}`,
      sha1,
      `${good}, ${good}`,
      'z'.repeat(64),
    ]) {
      const answer = await send(app, path, raw, bad);
      expect(answer.status, String(bad)).toBe(401);
      expect(await answer.text()).toBe('{}');
    }
  });

  test('knows a signature in upper case, since hex has no case', async () => {
    expect((await send(app, path, body(), sign(body()).toUpperCase())).status).toBe(200);
  });

  test('does not take the signature of webhooks in the place of its own', async () => {
    const raw = body();
    const answer = await fetch(app.url + path, {
      method: 'POST',
      body: raw,
      headers: { 'X-Hub-Signature': `sha1=${createHmac('sha1', clientSecret).update(raw).digest('hex')}` },
    });
    expect(answer.status).toBe(401);
  });

  test('verifies the bytes as they came, not what they mean', async () => {
    const raw = '{"workspace_id":"ab12cd34","component_id":"refresh","note":"a\\u003cb"}';
    expect((await send(app, path, raw)).status).toBe(200);
    expect((await send(app, path, raw, sign(JSON.stringify(JSON.parse(raw))))).status).toBe(401);
  });

  test('answers 400 to signed bytes that are not a JSON object', async () => {
    for (const raw of ['', '{', 'null', '[]', '"text"', '7', '\u0000', '{"a":']) {
      expect((await send(app, path, raw)).status, raw).toBe(400);
    }
  });

  test('takes 9 MB and refuses 11 MB, whether or not the length is told first', async () => {
    const raw = body({ padding: 'x'.repeat(9 * 1024 * 1024) });
    expect((await send(app, path, raw)).status).toBe(200);
    const huge = body({ padding: 'x'.repeat(11 * 1024 * 1024) });
    expect((await send(app, path, huge).catch(() => ({ status: 413 }))).status).toBe(413);
    const chunked = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 11; sent += 1) controller.enqueue(new Uint8Array(1024 * 1024));
        controller.close();
      },
    });
    const streamed = await fetch(app.url + path, {
      method: 'POST',
      body: chunked,
      duplex: 'half',
    } as RequestInit).catch(() => ({ status: 413 }));
    expect(streamed.status).toBe(413);
    expect((await send(app, path, body())).status).toBe(200);
  });

  test('survives JSON that is 100,000 levels deep', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await canvasOf(await send(app, path, body().replace(/\}$/, `,"deep":${deep}}`)));
    expect((await send(app, path, deep)).status).toBe(400);
  });

  test('draws a screen although every field has the wrong type', async () => {
    const wrong = [null, 0, -1, true, '', [], {}, [[]], 'x'.repeat(300), { id: {} }, '\u0000'];
    const fields = [
      'workspace_id',
      'admin',
      'contact',
      'customer',
      'conversation',
      'component_id',
      'input_values',
      'current_canvas',
      'workspace_region',
    ];
    for (const field of fields) {
      for (const value of wrong) await canvasOf(await send(app, path, body({ [field]: value })));
    }
    for (const field of ['id', 'external_id', 'role', 'email', 'phone', 'name']) {
      for (const value of wrong) {
        const contact = { ...(inboxBody(app, maya).contact as object), [field]: value };
        await canvasOf(await send(app, path, body({ contact })));
      }
    }
  });

  test('draws a screen for any JSON in any field', async () => {
    const anything = fc.jsonValue({ maxDepth: 3 });
    const hostile = fc.record({
      contact: fc.oneof(
        anything,
        fc.record({ id: anything, email: anything, name: anything, role: anything, external_id: anything }),
      ),
      admin: anything,
      component_id: fc.oneof(
        anything,
        fc.constantFrom(
          'start-conversion',
          'confirm-merge:x:y:no',
          'choose-person:x',
          'show-referral:%00',
          'show-referrer:1',
        ),
      ),
      input_values: anything,
      conversation: anything,
    });
    await fc.assert(
      fc.asyncProperty(hostile, async (more) => {
        const raw = JSON.stringify({ workspace_id: 'sandbox', ...more });
        await canvasOf(await send(app, path, raw));
      }),
      { numRuns: 60 },
    );
  });

  test('shows hostile names as plain text', async () => {
    const names = [
      '<script>alert(1)</script>',
      `{{contact.email}} \${7*7} <%= x %>`,
      '[free money](https://evil.example)',
      '**bold** _it_ `code`',
      'Zoë 🏔️👩‍👩‍👧‍👦 Kallio',
      'ليلى \u202Eevil\u202C حداد',
      'a'.repeat(10_000),
      'line\nbreak\ttab\u0007bell',
      '\ud800 lone',
    ];
    for (const name of names) {
      const contact = { ...(inboxBody(app, maya).contact as object), name };
      const component = { component_id: 'start-conversion' };
      for (const raw of [body({ contact }), body({ contact, ...component })]) {
        const shown = await canvasOf(await send(app, path, raw));
        expect(shown).not.toContain('](https://evil.example)');
        expect(shown).not.toContain('\u202E');
        expect(shown.length).toBeLessThan(64 * 1024);
      }
    }
  });

  test('shows nothing of another workspace, whatever ids the request names', async () => {
    const known = inboxBody(app, maya);
    const [referral] = await app.query<{ id: string }>('select id from referrals limit 1');
    for (const more of [
      {},
      { component_id: `show-referral:${referral?.id}` },
      { component_id: 'start-conversion' },
    ]) {
      const raw = JSON.stringify({ ...known, ...more, workspace_id: 'somebody-elses' });
      const shown = await canvasOf(await send(app, path, raw));
      expect(shown).not.toMatch(/Spring|Tomás/);
    }
  });

  test('answers other methods without a trace of an error', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await fetch(app.url + path, { method });
      expect(answer.status).toBeLessThan(500);
    }
  });
});

test('half a surrogate pair in what was typed is refused before anything is converted', async () => {
  const { world } = app.sandbox;
  const like = world.contacts.get(seededContact(maya.email).id);
  if (!like) throw new Error('the story has no Maya');
  const own = { id: world.newHexId(), external_id: crypto.randomUUID(), email: 'half@example.com' };
  const lead = world.contacts.put({ ...structuredClone(like), ...own });
  const pressed = { component_id: 'confirm-role-change:nonce', input_values: { external_id: 'acct_\ud800' } };
  const raw = JSON.stringify(inboxBody(app, lead, pressed));
  expect(await canvasOf(await send(app, '/intercom/inbox/submit', raw))).toContain(
    'This has a damaged character.',
  );
  expect(world.contacts.get(lead.id)?.role).toBe('lead');
});

test('a button with an id that no database could keep is one of an older card', async () => {
  for (const id of ['confirm-role-change:%00', `confirm-role-change:${'n'.repeat(10_000)}`]) {
    const raw = body({ component_id: id });
    expect(await canvasOf(await send(app, '/intercom/inbox/submit', raw))).toContain('The card has changed');
  }
});

test('a screen that cannot be drawn gives way to one that says so', async () => {
  // The same user twice among the found: two lines of a list with one id, which Canvas Kit would not draw.
  const user = { id: 'u1', role: 'user', email: maya.email };
  const lead = { ...user, id: 'l1', role: 'lead' };
  const intercom = createServer((request, response) =>
    response.end(JSON.stringify(request.method === 'GET' ? lead : { data: [user, user] })),
  );
  await new Promise<void>((resolve) => intercom.listen(0, '127.0.0.1', resolve));
  const port = String(await freePort());
  const apiUrl = `http://127.0.0.1:${(intercom.address() as AddressInfo).port}`;
  const env = { ...app.environment, PORT: port, INTERCOM_API_URL: apiUrl };
  const second = await createApp(readConfig(env), createLog('silent'));
  const raw = body({ component_id: 'start-conversion' });
  const shown = await canvasOf(await send({ ...app, url: second.url }, '/intercom/inbox/submit', raw));
  await second.close();
  intercom.closeAllConnections();
  intercom.close();
  expect(shown).toContain('The result could not be shown');
});

test('a press that is answered late does not claim that nothing was changed', async () => {
  const intercom = createServer(() => {});
  await new Promise<void>((resolve) => intercom.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(intercom.address() as AddressInfo).port}`;
  const env = { ...app.environment, PORT: String(await freePort()), INTERCOM_API_URL: apiUrl };
  const slow = await createApp(readConfig(env), createLog('silent'), { cardAnswerMs: 1 });
  const pressed = await send(
    { ...app, url: slow.url },
    '/intercom/inbox/submit',
    body({ component_id: 'start-conversion' }),
  );
  const shown = await canvasOf(pressed);
  intercom.closeAllConnections();
  intercom.close();
  await slow.close();
  expect(shown).toContain('The result could not be shown. Refresh to see what changed.');
  expect(shown).not.toContain('Nothing was changed');
});

test('a refusal is one log line, without the body and without a digest', async () => {
  const raw = body({ note: 'a-very-private-word' });
  const before = app.logged.length;
  await send(app, '/intercom/inbox/initialize', raw, '0'.repeat(64));
  const lines = app.logged.slice(before).filter((line) => line.includes('refused'));
  expect(lines).toHaveLength(1);
  expect(lines.join()).not.toContain('a-very-private-word');
  expect(lines.join()).not.toContain(sign(raw));
  expect(lines.join()).not.toContain('0'.repeat(64));
});

test('the published test vector is verified', async () => {
  // https://developers.intercom.com/docs/canvas-kit: computed independently for this secret.
  const raw = '{"workspace_id":"ab12cd34","component_id":"referral.refresh","note":"a\\u003cb"}';
  expect(sign(raw)).toBe('b9360e58228613e7e72b8cada70eebb530823d56229dc604d52fd4ffb972560b');
  const good = 'b9360e58228613e7e72b8cada70eebb530823d56229dc604d52fd4ffb972560b';
  expect((await send(app, '/intercom/inbox/submit', raw, good)).status).toBe(200);
  const reserialized = '94479e5a4a2ec1faab5a50c31e4a6c2fcebbd6974a32b37b4f51a11c74966012';
  expect((await send(app, '/intercom/inbox/submit', raw, reserialized)).status).toBe(401);
});
