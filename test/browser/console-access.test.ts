// The way in and the Access pages in a browser: usable by everyone, in light and dark, on a phone.
// With PICTURES set to a folder it also takes the pictures that the documents show.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ConsoleBrowser,
  lookAtEach,
  picture,
  pictures,
  problemsOf,
  show,
  startConsoleBrowser,
} from '../support/browser/console-browser.ts';
import { consent, openConsole } from '../support/console.ts';

let desk: ConsoleBrowser;
beforeAll(async () => {
  desk = await startConsoleBrowser();
});
afterAll(() => desk?.close());

const pages = ['', '/teammates', '/tokens', '/log', '/data'].map((path) => `/console/access${path}`);

it('has pages that axe finds nothing serious on, on a desktop, in the dark, and on a phone', async () => {
  const page = await desk.open(pages[0] ?? '', { bypassCSP: true });
  await lookAtEach(page, pages, async (at, path) => {
    const markup = await show(at, desk.app.url + path);
    expect(await at.locator('h1').count(), path).toBe(1);
    expect(await problemsOf(at, markup), path).toEqual([]);
  });
  await page.goto(`${desk.app.url}/console/access`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await page.getByRole('link', { name: 'Sign in with Intercom' }).waitFor();
  await pictures(page, 'console-sign-in');
  expect(await problemsOf(page)).toEqual([]);
  expect(desk.complaints).toEqual([]);
  await page.context().close();
});

it('is used with the keyboard alone: skip to the page, make a token, revoke it', async () => {
  const page = await desk.open('/console/access/tokens');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(page.url()).toContain('#content');
  await page.getByLabel('Name').focus();
  await page.keyboard.type('Old shop');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Copy the token now' }).waitFor();
  await page.getByRole('link', { name: 'Done' }).click();
  await page.getByText('Revoke…').focus();
  await page.keyboard.press('Enter');
  await page.getByText('A revoked token cannot be restored').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Token revoked.').waitFor();
  await page.context().close();
});

it('works without any script', async () => {
  const page = await desk.open('/console/access/tokens', { javaScriptEnabled: false });
  await page.getByLabel('Name').fill('Shop backend');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByRole('heading', { name: 'Copy the token now' }).waitFor();
  await page.context().close();
});

it('shows the teammates who have been here, with what each may do', async () => {
  const [, second] = desk.app.sandbox.world.admins.all();
  const other = openConsole(desk.app);
  await other.get(await consent(other, second?.id));
  const page = await desk.open('/console/access/teammates');
  await page
    .getByText(second?.name ?? 'nobody')
    .first()
    .waitFor();
  await picture(page, 'console-access');
  for (const [path, name] of [
    ['', 'console-sessions'],
    ['/tokens', 'console-tokens'],
    ['/log', 'console-audit'],
    ['/data', 'console-data'],
  ] as const) {
    await page.goto(`${desk.app.url}/console/access${path}`);
    await picture(page, name);
  }
  await page.context().close();
});

it('opens from the card, as the teammate who looks at it', async () => {
  const page = await desk.browser.newPage();
  await page.goto(desk.app.sandbox.url);
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    page
      .getByRole('link', { name: 'Settings', exact: true })
      .or(page.getByRole('button', { name: 'Settings', exact: true }))
      .first()
      .click(),
  ]);
  await tab.getByRole('button', { name: 'Sign out' }).first().waitFor();
  expect(new URL(tab.url()).pathname).toBe('/console');
  await page.context().close();
});
