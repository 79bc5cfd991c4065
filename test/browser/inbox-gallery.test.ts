// The gallery: every screen of the app's card, drawn in a browser and held to Intercom's guidelines.
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  const screens = await page.locator('[data-screen]').all();
  expect(screens.length).toBeGreaterThan(15);
  for (const screen of screens) {
    const name = await screen.getAttribute('data-screen');
    expect(await screen.getAttribute('data-remarks'), `${name}: ${await screen.textContent()}`).toBe('0');
    expect(
      await screen.getByTestId('card').getByRole('button').count(),
      `${name} is a dead end`,
    ).toBeGreaterThan(0);
    const height = Number(await screen.getAttribute('data-height'));
    const isFirst = (await screen.getByText('first canvas').count()) > 0;
    if (isFirst) expect(height, name ?? '').toBeLessThanOrEqual(400);
    expect(height, name ?? '').toBeGreaterThan(40);
  }
  expect(inbox.outside).toEqual([]);
  expect(inbox.complaints).toEqual([]);
});
