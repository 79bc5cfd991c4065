// The whole story on the pages that people see: a workspace without the app, and in the end a qualified referral, a card
// that says why, and a failure that a click fixes. The console part runs without any script.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiPath, apiToken } from '../../sandbox/referral-factory/api.ts';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { closePages, openBrowser, patienceMs } from '../support/browser/browser.ts';

const friend = { name: 'Vera Visitor', email: 'vera@example.com' };

let app: TestApp;
let browser: Browser;
let manager: Page;
let agent: Page;
beforeAll(async () => {
  app = await startTestApp({ story: false, installed: false });
  browser = await openBrowser();
  manager = await browser.newPage({ javaScriptEnabled: false, viewport: { width: 1280, height: 860 } });
  manager.setDefaultTimeout(patienceMs);
});
afterAll(async () => {
  await closePages();
  await app?.close();
});

const press = (name: string) => manager.getByRole('button', { name, exact: true }).click();
const follow = (name: string) => manager.getByRole('link', { name, exact: true }).first().click();
async function says(words: string | RegExp): Promise<void> {
  const found = manager.getByText(words).first().waitFor();
  await found.catch(async (cause: unknown) => {
    const text = await manager.locator('main').innerText();
    throw new Error(`${manager.url()} does not say ${words}, but: ${text}`, { cause });
  });
}

/** Without a script nothing comes by itself: reloads the page until it says this. */
async function comesToSay(words: string | RegExp): Promise<void> {
  await expect
    .poll(
      async () => {
        await manager.reload();
        return manager.locator('main').innerText();
      },
      { interval: 300 },
    )
    .toMatch(words);
}

it('is installed by a teammate, who finds themselves in the console', async () => {
  await manager.goto(app.url);
  await follow('Install in Intercom');
  await says('would like access to Northwind Outfitters');
  await manager.getByLabel('You are').selectOption({ label: 'Aoife Brennan (aoife@northwind.example.com)' });
  await press('Authorize access');
  await says('Referral Desk is installed in Northwind Outfitters');
  await says('First steps');
  expect(new URL(manager.url()).pathname).toBe('/console');
});

it('is connected to the referral platform, which is tried first', async () => {
  await follow('Connect');
  await manager.getByLabel('API address').fill(`${app.sandbox.url}${apiPath}`);
  await manager.getByLabel('Access token').fill('mistyped');
  await press('Test and connect');
  await says('Copy the token again');
  await manager.getByLabel('Access token').fill(apiToken);
  await press('Test and connect');
  await says('One campaign: Autumn.');
  await press('Test connection');
  await says('The connection works.');
  await manager.getByText('Create a new secret…').click();
  await press('Create a new secret');
  const term = (name: string) => manager.locator(`dt:text-is("${name}") + dd`).innerText();
  // What the program manager types in at Referral Factory: its pages have no stand-in.
  for (const event of ['user.join', 'user.qualified', 'reward.issued']) {
    await app.misbehave('/referral-factory/hooks', {
      campaign_id: autumn.campaign,
      event,
      url: await term('Webhook address'),
      headers: { [await term('Header')]: await term('Secret') },
    });
  }
  await follow('Done');
});

it('asks for the setup of a campaign until it is complete', async () => {
  await follow('Campaigns');
  await comesToSay('Autumn');
  await follow('Autumn');
  await says('Setup required');
  await follow('Leads');
  await says('Map a field to email');
  await press('Add a field');
  const second = manager.getByRole('group', { name: 'Row 2' });
  await second.getByLabel('From').selectOption('person.name');
  await second.getByLabel('To (Intercom)').selectOption('name');
  await manager.getByLabel('update it and mark it as referred').check();
  await press('Save draft');
  await says('Saved as a draft');
  expect(await manager.getByText('Setup required').count()).toBe(0);
  await follow('Referrers');
  await manager.getByRole('radio', { name: 'Do nothing', exact: true }).check();
  await press('Save draft');
  await says('Saved as a draft');
});

it('takes a rule by a form, and tries it on who is there', async () => {
  await follow('Qualification rules');
  await follow('New rule');
  await manager.getByLabel('Name', { exact: true }).fill('Paid plan');
  await manager.getByLabel('Attribute').selectOption('custom_attributes.plan');
  await press('Show conditions');
  await manager.getByLabel('Condition', { exact: true }).selectOption('is_one_of');
  await press('Show conditions');
  await manager.getByLabel('pro').check();
  await manager.getByLabel('team').check();
  await press('Save draft and try');
  // The platform's people may still be on their way.
  await comesToSay('1 of 1 referrals tried');
  await manager.getByRole('row', { name: /factory\.lead@example\.com/ }).waitFor();
});

it('puts all of it into effect at once', async () => {
  await follow('Review and publish');
  await says('Adds “Paid plan”.');
  await press('Publish');
  await says(/Version \d is in effect\./);
  const leads = manager.locator('section', { hasText: 'When a lead joins' });
  expect(await leads.innerText()).toContain('Ready');
  expect(await manager.getByText('Setup required').count()).toBe(0);
});

it('makes a contact of a friend who joins, and shows the card beside their conversation', async () => {
  await follow('Settings');
  await manager.getByLabel('Putting the tag on the contact').selectOption('1');
  await press('Save');
  await says('Saved. Changes are live.');
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 400,
    message: 'tags are locked',
    match: { pattern: '/tags$' },
    times: 'always',
  });
  agent = await browser.newPage({ viewport: { width: 1360, height: 860 } });
  agent.setDefaultTimeout(patienceMs);
  await agent.goto(`${app.sandbox.url}/shop/autumn?ref=${autumn.referrerCode}`);
  await agent.getByLabel('Your name').fill(friend.name);
  await agent.getByLabel('Your email').fill(friend.email);
  await agent.getByRole('button', { name: 'Join' }).click();
  await agent.getByRole('link', { name: 'the inbox' }).click();
  await expect.poll(findFriend, { interval: 300 }).toBe(true);
  await agent.getByRole('button', { name: friend.name }).click();
  await agent.getByRole('button', { name: 'Start conversation' }).click();
  await expect.poll(refreshed, { interval: 300 }).toMatch(/Pending[\s\S]*Astrid Berg[\s\S]*Autumn/);
});

it('qualifies when the attribute changes, and the card says why', async () => {
  const plan = agent.locator('[data-attribute=plan]');
  await plan.getByRole('button', { name: /^(Add|Edit) plan/ }).click();
  await plan.getByLabel('plan').selectOption('pro');
  await plan.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(refreshed, { interval: 300 })
    .toMatch(/Qualified since[\s\S]*Qualified by rule Paid plan on .*: plan was set to pro/);
});

it('shows the calls in the run log, and does by a click what failed', async () => {
  await follow('Run log');
  await comesToSay(/Tag with Referred.*Failed/);
  await manager.getByRole('link', { name: 'Qualify' }).click();
  await says('Done');
  const exchange = () => manager.locator('section', { hasText: 'Last request and response' }).innerText();
  expect(await exchange()).toContain('/users/qualification');
  expect(await manager.content()).not.toContain(apiToken);

  await follow('Home');
  await says('Needs fixing');
  await follow('View failed runs');
  await follow('Tag with Referred');
  await says('tags are locked');
  expect(await exchange()).toMatch(/\/tags"[\s\S]*"POST"[\s\S]*400/);
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await press('Retry');
  await says('Retry scheduled');
  await comesToSay(/Done/);
  await agent.reload();
  await agent.getByText('Referred', { exact: true }).first().waitFor();
});

it('has all of it on the page of the person, and works', async () => {
  await follow('People');
  await manager.getByLabel('Search').fill('vera');
  await press('Show');
  await follow(friend.name);
  await says('plan was set to pro');
  await follow('Home');
  await says('All systems operational.');
});

/** As the agent finds a contact: by the search of the inbox. */
async function findFriend(): Promise<boolean> {
  await agent.getByLabel('Open a contact').fill('');
  await agent.getByLabel('Open a contact').fill('vera');
  await agent.waitForTimeout(300);
  return agent.getByRole('button', { name: friend.name }).isVisible();
}

/** What the card says when it is asked again. */
async function refreshed(): Promise<string> {
  const card = agent.getByTestId('card-body');
  await card.getByRole('button', { name: 'Refresh' }).click();
  return card.innerText();
}
