// In a real browser: an attribute is edited on the inbox page, and the card beside it turns to Qualified, with the reason.
// With PICTURES set to a folder it also takes the picture that the documents show.
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
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

async function openContact(email: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
  const { id } = seededContact(email);
  await page.goto(`${app.sandbox.url}/a/apps/sandbox/users/${id}/all-conversations`);
  await page.getByTestId('card-body').getByRole('button', { name: 'Refresh' }).waitFor();
  return page;
}

async function setPlan(page: Page, value: string): Promise<void> {
  const plan = page.locator('[data-attribute=plan]');
  await plan.getByRole('button', { name: /^(Add|Edit) plan/ }).click();
  await plan.getByLabel('plan').selectOption(value);
  await plan.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => plan.locator('.value').textContent()).toBe(value);
  await saysStale(page);
}

/** The page says that Intercom would not load the card again. */
async function saysStale(page: Page): Promise<void> {
  await page.getByTestId('card-notes').getByText('not when the contact changes').waitFor();
}

async function refreshed(page: Page): Promise<string> {
  const card = page.getByTestId('card-body');
  await card.getByRole('button', { name: 'Refresh' }).click();
  await page.waitForTimeout(150);
  return card.innerText();
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (!folder) return;
  // Whatever was pressed last, the whole card is in the picture.
  await page.getByTestId('card-body').evaluate((card) => card.scrollIntoView({ block: 'end' }));
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

test.each([
  { campaign: 'Spring', email: 'pending.lead@example.com' },
  { campaign: 'Autumn', email: 'factory.lead@example.com' },
])('a plan that becomes pro turns the card of $campaign to Qualified', async ({ campaign, email }) => {
  const page = await openContact(email);
  const before = await page.getByTestId('card-body').innerText();
  expect(before).toContain('Pending');
  expect(before).toContain(campaign);
  await setPlan(page, 'pro');
  await expect
    .poll(() => refreshed(page))
    .toMatch(/Qualified since[\s\S]*Qualified by rule Paid plan on .*: plan is pro/);
  if (campaign === 'Spring') await picture(page, 'card-qualified');
  expect(await page.getByTestId('card-notes').isVisible()).toBe(false);
  const box = await page.getByTestId('card-body').boundingBox();
  expect(box?.height ?? 0).toBeLessThanOrEqual(400);
  await page.close();
});

test('Referral Factory was told once', () => {
  expect(app.sandbox.world.referralFactory.users.get(autumn.lead)?.qualification_writes).toBe(1);
});
