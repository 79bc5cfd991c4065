// The gallery: every screen of the app's card, drawn in a browser and held to Intercom's guidelines.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemsOf } from '../support/browser/console-browser.ts';
import { type Inbox, startInbox } from '../support/browser/inbox.ts';

let inbox: Inbox;
beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.close());

it('draws every screen beside its JSON, first screens within 400 px, with nothing to remark', async () => {
  const page = await inbox.open('/gallery');
  await page
    .getByRole('status')
    .getByText(/\d+ screens/)
    .waitFor();
  const screens = await page.locator('[data-screen]').evaluateAll((all) =>
    all.map((each) => ({
      name: each.getAttribute('data-screen'),
      remarks: each.getAttribute('data-remarks'),
      height: Number(each.getAttribute('data-height')),
      isFirst: each.textContent.includes('first canvas'),
      buttons: each.querySelectorAll('[data-testid=card] button').length,
    })),
  );
  expect(screens.length).toBeGreaterThan(15);
  expect(screens.filter(({ remarks }) => remarks !== '0')).toEqual([]);
  expect(
    screens.filter(({ buttons }) => buttons === 0),
    'dead ends',
  ).toEqual([]);
  expect(screens.filter(({ height, isFirst }) => height <= 40 || (isFirst && height > 400))).toEqual([]);
  expect(screens.some(({ isFirst }) => isFirst)).toBe(true);
  expect(inbox.outside).toEqual([]);
  expect(inbox.complaints).toEqual([]);
});

it('draws every screen of the Messenger in each language, within half of the Messenger, with nothing to remark', async () => {
  const page = await inbox.open('/messenger/gallery?language=all', { bypassCSP: true });
  await page
    .getByRole('status')
    .getByText(/\d+ screens/)
    .waitFor();
  const screens = await page.locator('[data-screen]').evaluateAll((all) =>
    all.map((each) => ({
      name: each.getAttribute('data-screen'),
      language: each.getAttribute('data-language'),
      remarks: each.getAttribute('data-remarks'),
      height: Number(each.getAttribute('data-height')),
      drawn: each.querySelectorAll('[data-testid=card-body] > *').length,
    })),
  );
  expect(screens.filter(({ remarks }) => remarks !== '')).toEqual([]);
  expect(screens.filter(({ height, drawn }) => height < 40 || drawn < 2)).toEqual([]);
  const languages = new Set(screens.map(({ language }) => language));
  expect(languages).toEqual(new Set(['en', 'de', 'fr', 'es', 'pt', null]));
  const shown = new Set(screens.map(({ name }) => name?.split(':')[0]));
  expect(shown.size).toBeGreaterThanOrEqual(14);
  expect(await problemsOf(page)).toEqual([]);
  expect(inbox.outside).toEqual([]);
  expect(inbox.complaints).toEqual([]);
});
