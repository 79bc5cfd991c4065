// Rewards in a real browser: ticked, issued and taken back with a script and without, usable by everyone.
// With PICTURES set to a folder it also takes the picture that the documents show.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callerWith, campaignFor, codeOf, idOf } from '../support/api.ts';
import {
  type ConsoleBrowser,
  lookAtEach,
  picture,
  problemsOf,
  show,
  startConsoleBrowser,
} from '../support/browser/console-browser.ts';

let desk: ConsoleBrowser;
let campaign: string;

const friends = ['Mara Lindqvist', 'Tomás Vidal', 'Ines Okafor', 'Priya Raman'];

beforeAll(async () => {
  desk = await startConsoleBrowser();
  const api = callerWith(desk.app.url, await desk.app.apiToken('sandbox', 'shop'));
  campaign = await campaignFor(api, {
    name: 'Summer',
    rewards: {
      referrer: { label: '10 EUR credit', amount: '10.00', currency: 'EUR', limit_per_person: 20 },
      friend: { label: 'First month free', amount: null, currency: null, limit_per_person: null },
    },
    reward_approval: { above: '100' },
  });
  const person = { email: 'olive.brandt@example.com', name: 'Olive Brandt' };
  const code = codeOf(await api.post('/referrers', { campaign_id: campaign, person }));
  for (const name of friends) {
    const email = `${name.split(' ')[0]?.toLowerCase()}@example.com`;
    const referral = idOf(await api.post('/referrals', { code, person: { email, name } }));
    await api.post(`/referrals/${referral}/qualify`);
  }
});
afterAll(() => desk?.close());

it('plays it: tick all, issue with a receipt, and undo', async () => {
  const page = await desk.open(`/console/rewards?campaign=${campaign}&recipient=referrer`);
  await picture(page, 'console-rewards');
  await page.getByRole('button', { name: 'Select all' }).click();
  await page.getByRole('button', { name: 'Issue', exact: true }).click();
  await page.getByRole('heading', { name: 'Issue 4 rewards, 40.00 EUR in all?' }).waitFor();
  await page.getByLabel('Receipt').fill('Transfer 2026-31');
  await page.getByRole('button', { name: 'Issue 4 rewards' }).click();
  await page.getByText('4 rewards, 40.00 EUR in all: issued.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Undone. 4 rewards are as before.').waitFor();
  expect(desk.complaints).toEqual([]);
  await page.context().close();
});

it('works the same without a script', async () => {
  const page = await desk.open(`/console/rewards?campaign=${campaign}&recipient=friend`, {
    javaScriptEnabled: false,
  });
  await page.getByLabel('Select the reward of Ines Okafor').check();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByLabel('Reason').fill('Left within a week');
  await page.getByRole('button', { name: 'Cancel 1 reward' }).click();
  await page.getByText('1 reward: canceled.').waitFor();
  await page.getByRole('link', { name: /^Canceled \d+$/ }).click();
  await page.getByText('Left within a week').waitFor();
  await page.context().close();
});

it('is usable by everyone, at a desk, in the dark, and on a phone', async () => {
  const page = await desk.open('/console/rewards?status=all', { bypassCSP: true });
  const ids = await page
    .locator('input[name="ids"]')
    .evaluateAll((ticks) => ticks.slice(0, 2).map((tick) => (tick as unknown as { value: string }).value));
  const confirm = `/console/rewards/confirm?change=cancel${ids.map((id) => `&ids=${id}`).join('')}`;
  const pages = [
    '/console/rewards?status=all',
    '/console/rewards?status=failed',
    '/console/rewards/totals',
    '/console/rewards/receipts',
    confirm,
    `/console/campaigns/${campaign}`,
  ];
  await lookAtEach(page, pages, async (at, path) => {
    const markup = await show(at, `${desk.app.url}${path}`);
    expect(await problemsOf(at, markup), path).toEqual([]);
  });
  await page.context().close();
});
