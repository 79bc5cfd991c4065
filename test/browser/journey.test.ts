// The agent's whole job in a real browser, with the real app: every story contact's card, a conversion, a merge.
// With PICTURES set to a folder it also takes the pictures that the documents show.
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededContact, seededContacts } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { closePages, openBrowser } from '../support/browser/browser.ts';

let app: TestApp;
let browser: Browser;
beforeAll(async () => {
  app = await startTestApp();
  browser = await openBrowser();
});
afterAll(async () => {
  await closePages();
  await app?.close();
});

async function openContact(id: string, size = { width: 1360, height: 860 }): Promise<Page> {
  const page = await browser.newPage({ viewport: size });
  await page.goto(`${app.sandbox.url}/a/apps/sandbox/users/${id}/all-conversations`);
  const refresh = page.getByTestId('card-body').getByRole('button', { name: 'Refresh' });
  const start = page.getByRole('button', { name: 'Start conversation' });
  await refresh.or(start).first().waitFor();
  if (await start.isVisible()) await start.click();
  await refresh.waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

const shown = (page: Page) => page.getByTestId('card-body').innerText();
const complaints = (page: Page) => page.getByTestId('card-notes').isVisible();

test('“Where is my reward?” is answered from the card alone', async () => {
  const page = await openContact(seededContact('qualified.user@example.com').id);
  const card = page.getByTestId('card-body');
  await expect.poll(() => shown(page)).toContain('Qualified');
  await expect.poll(() => shown(page)).toMatch(/Due, .+/);
  await card.getByRole('button', { name: 'More' }).click();
  await expect.poll(() => shown(page)).toContain('History');
  await expect.poll(() => shown(page)).toMatch(/reward: due since \w{3} \d+, \d{4}/);
  await card.getByRole('button', { name: 'Answer for the customer' }).click();
  await expect.poll(() => shown(page)).toMatch(/your referral in Spring qualified on \w{3} \d+, \d{4}/);
  await picture(page, 'card-answer');
  expect(await complaints(page)).toBe(false);
  await page.close();
});

test('“Why did I get no credit?” is answered from the card alone, and the credit is given', async () => {
  const { id, email } = seededContact('stranger@example.com');
  const body = new URLSearchParams({ email: email ?? '', name: 'Ines Duarte' });
  expect((await fetch(`${app.url}/join/spring?code=tomas-typo`, { method: 'POST', body })).status).toBe(200);
  const page = await openContact(id);
  const card = page.getByTestId('card-body');
  await card.getByRole('button', { name: 'More' }).click();
  await card.getByRole('button', { name: 'Why no credit?' }).click();
  await expect.poll(() => shown(page)).toContain('tried to join once, and it did not count');
  await expect.poll(() => shown(page)).toContain('no referrer has “tomas-typo”');
  await picture(page, 'card-no-credit');
  await card.getByRole('button', { name: 'Add as referral' }).click();
  await card.getByLabel('Referrer').fill('top.referrer@example.com');
  const campaign = card.getByLabel('Campaign');
  if (await campaign.isVisible()) await campaign.selectOption({ label: 'Spring' });
  await card.getByRole('button', { name: 'Add as referral' }).click();
  await expect.poll(() => shown(page)).toContain('Added as referral');
  expect(await complaints(page)).toBe(false);
  await page.close();
});

test('an agent converts a lead: preview, confirm, and the contact beside it is a user', async () => {
  const { id } = seededContact('pending.lead@example.com');
  const page = await openContact(id);
  await picture(page, 'card');
  const card = page.getByTestId('card-body');
  await card.getByRole('button', { name: 'More' }).click();
  await expect.poll(() => shown(page)).toContain('History');
  await picture(page, 'card-history');
  await card.getByRole('button', { name: 'Done' }).click();
  await card.getByRole('button', { name: 'Convert to user' }).click();
  await card.getByLabel(/External ID/).fill('acct_1042');
  await picture(page, 'card-convert');
  await card.getByRole('button', { name: 'Confirm' }).click();
  await expect.poll(() => shown(page)).toContain('is now a user');
  await card.getByRole('button', { name: 'Done' }).click();
  await expect.poll(() => shown(page)).toContain('Spring');
  await expect.poll(() => page.locator('#person').innerText()).toMatch(/user/i);
  expect(app.sandbox.world.contacts.get(id)).toMatchObject({ role: 'user', external_id: 'acct_1042' });
  expect(await complaints(page)).toBe(false);
  await page.close();
});

test('“Please merge my two accounts” is done from the card, with both side by side and the value that a rule needs', async () => {
  const lead = seededContact('twin@example.com', 'lead');
  const user = seededContact('twin@example.com', 'user');
  for (const [{ id }, plan] of [
    [lead, 'pro'],
    [user, 'free'],
  ] as const) {
    const stored = app.sandbox.world.contacts.get(id);
    const custom_attributes = { ...stored?.custom_attributes, plan };
    if (stored) app.sandbox.world.contacts.put({ ...stored, custom_attributes });
  }
  const page = await openContact(lead.id);
  const card = page.getByTestId('card-body');
  await card.getByRole('button', { name: 'Convert to user' }).click();
  const merge = card.getByRole('button', { name: 'Merge into existing user' });
  await merge.waitFor();
  expect(await shown(page)).toContain('Jonathan Bell');
  await card.getByLabel('plan').selectOption({ label: 'pro (lead)' });
  await picture(page, 'card-merge');
  await merge.click();
  await expect.poll(() => shown(page)).toMatch(/merged/i);
  expect(app.sandbox.world.contacts.get(lead.id)?.merged_into).toBe(user.id);
  await expect.poll(() => app.sandbox.world.contacts.get(user.id)?.custom_attributes.plan).toBe('pro');
  expect(await complaints(page)).toBe(false);
  await page.close();
});

test('on a narrow screen the card is usable too', async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 780 } });
  const { id } = seededContact('qualified.user@example.com');
  await page.goto(`${app.sandbox.url}/a/apps/sandbox/users/${id}/all-conversations`);
  await page.waitForLoadState('networkidle');
  const details = page.getByRole('button', { name: /details/i });
  if (await details.isVisible()) await details.click();
  await page.getByTestId('card-body').getByRole('button', { name: 'More' }).click();
  await expect.poll(() => shown(page)).toContain('Paid for the pro plan');
  await page.close();
});

test('the first card of every contact of the story is at most 400 px tall and a canvas without fault', async () => {
  const page = await openContact(seededContact('pending.lead@example.com').id);
  for (const { id, email, role } of seededContacts) {
    if (app.sandbox.world.contacts.get(id)?.archived) continue;
    await page.goto(`${app.sandbox.url}/a/apps/sandbox/users/${id}/all-conversations`);
    const refresh = page.getByTestId('card-body').getByRole('button', { name: 'Refresh' });
    const start = page.getByRole('button', { name: 'Start conversation' });
    await refresh.or(start).first().waitFor();
    if (await start.isVisible()) await start.click();
    await refresh.waitFor();
    const box = await page.getByTestId('card-body').boundingBox();
    expect(box?.height ?? 0, `${email} (${role})`).toBeLessThanOrEqual(400);
    expect(box?.height ?? 0).toBeGreaterThan(60);
    expect(await complaints(page), `${email} (${role})`).toBe(false);
  }
  await page.close();
});
