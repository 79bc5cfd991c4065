// The front page: what someone finds who opens the app's address, and that its links lead somewhere.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ story: false });
});
afterAll(() => app?.close());

test('the app says at its address what it is and where to go on', async () => {
  const answer = await fetch(app.url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/html');
  const page = await answer.text();
  expect(page).toContain('<h1>Referral Desk for Intercom</h1>');
  const links = [...page.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);
  expect(links).toEqual(['install', 'console', 'openapi.json', 'healthz', 'readyz']);
  for (const link of links) {
    const there = await fetch(new URL(link, `${app.url}/`), { redirect: 'manual' });
    expect(there.status, link).toBe({ install: 302, console: 303 }[link] ?? 200);
  }
});

test('it loads nothing, may not be framed, and says nothing of who is here', async () => {
  const answer = await fetch(app.url);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  const page = await answer.text();
  expect(page).not.toMatch(/<script|src=|sandbox|Northwind/i);
});
