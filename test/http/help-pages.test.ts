// The documents as pages of the console, and the links to them beside fields.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { helpTopics } from '../../src/http/console/help/help-topics.ts';
import { callerWith, campaignFor } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let desk: Console;
beforeAll(async () => {
  app = await startTestApp({ story: false });
  desk = await signIn(app);
});
afterAll(() => app?.close());

/** For operators and developers: not drawn in the console. */
const ofRepository = ['api', 'performance', 'proof', 'scale'];

const documents = readdirSync(new URL('../../docs/', import.meta.url))
  .filter((name) => name.endsWith('.md'))
  .map((name) => name.replace('.md', ''))
  .filter((name) => !ofRepository.includes(name));

test('every document is a page of text, and every link in it leads to a section that there is', async () => {
  const pages = new Map<string, string>();
  for (const name of documents) {
    const page = await desk.get(`/console/help/${name}`);
    expect(page.status, name).toBe(200);
    pages.set(name, page.html);
  }
  for (const [name, html] of pages) {
    const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'));
    expect(main).not.toMatch(/<(script|img|iframe)|javascript:|\]\(|&lt;img|<p><\/p>/i);
    for (const [, to = name, section] of main.matchAll(/href="(?:\/console\/help\/([\w-]+))?#([^"]+)"/g))
      expect(pages.get(to), `${name} names ${to}#${section}`).toContain(`id="${section}"`);
  }
  expect((await desk.get('/console/help/nothing')).status).toBe(404);
  expect((await desk.get('/console/help/..%2FREADME')).status).toBe(404);
});

test('every topic is linked beside a field, and leads to a section that there is', async () => {
  const api = callerWith(app.url, await app.apiToken());
  const campaign = `/console/campaigns/${await campaignFor(api)}`;
  const pages = ['/leads', '/rules/new', '/settings', '/join-page', ''].map((more) => campaign + more);
  const shown = await Promise.all(
    [
      ...pages,
      '/console/settings',
      '/console/alerts',
      '/console/settings/assistants',
      '/console/messenger',
      '/console/user-tokens',
      '/console/fin',
    ].map((path) => desk.get(path)),
  );
  for (const { document, section } of Object.values(helpTopics)) {
    const address = `/console/help/${document}#${section}`;
    expect(
      shown.some(({ html }) => html.includes(`href="${address}"`)),
      address,
    ).toBe(true);
    expect((await desk.get(address)).html).toContain(`id="${section}"`);
  }
});
