// A program manager in a real browser, from an empty workspace to the first issued reward: every step by the pages' own
// links and forms, none by the API.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MailCatcher, startMailCatcher } from '../../sandbox/messages/catcher.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { closePages, openBrowser, patienceMs } from '../support/browser/browser.ts';

const dayMs = 24 * 3_600_000;
const friends = [
  { name: 'Vera Lindt', email: 'vera@lindt.example' },
  { name: 'Tomás Vidal', email: 'tomas@vidal.example' },
];

let app: TestApp;
let mail: MailCatcher;
let manager: Page;
let visitor: Page;
let agent: Page;
let passedMs = 0;
let shareLink = '';
const complaints: string[] = [];

beforeAll(async () => {
  mail = await startMailCatcher();
  app = await startTestApp({
    story: false,
    installed: false,
    caught: mail.caught,
    environment: { SMTP_URL: mail.url, MAIL_FROM: 'Referral Desk <desk@northwind.example>' },
    overrides: {
      now: () => new Date(Date.now() + passedMs),
      everyMs: { tellWhatIsDue: 300 },
    },
  });
  const browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(patienceMs);
  context.on('weberror', (error) => complaints.push(error.error().message));
  [manager, visitor, agent] = [await context.newPage(), await context.newPage(), await context.newPage()];
});
afterAll(async () => {
  await closePages();
  await app?.close();
  await mail?.close();
});

const press = (name: string | RegExp) => manager.getByRole('button', { name, exact: true }).click();
const follow = (name: string | RegExp) => manager.getByRole('link', { name }).first().click();
/** Once something waits on a page, its link ends with the count. */
const goTo = (name: string) =>
  manager
    .getByRole('navigation', { name: 'Console' })
    .getByRole('link', { name: new RegExp(`^${name}\\b`) })
    .click();
const says = (words: string | RegExp) => manager.getByText(words).first().waitFor();

/** The steps of Home's checklist that are done, and the one that is next. */
async function checklist() {
  await goTo('Home');
  const steps = manager.locator('#first-steps li');
  await steps.first().waitFor();
  const read = async (badge: string) => steps.filter({ has: manager.locator(`.badge:text-is("${badge}")`) });
  const done = await (await read('Done')).count();
  return { done, next: await (await read('Next')).locator('h3').innerText() };
}

/** Follows the link of the next step. */
const takeNextStep = () =>
  manager
    .locator('#first-steps li')
    .filter({ has: manager.locator('.badge:text-is("Next")') })
    .getByRole('link')
    .first()
    .click();

it('installs the app, and Home says what is next', async () => {
  await manager.goto(app.url);
  await follow('Install in Intercom');
  await press('Authorize access');
  await says('Referral Desk is installed in Northwind Outfitters');
  expect(await checklist()).toEqual({ done: 1, next: 'Create a campaign' });
});

it('creates a campaign that rewards the referrer and the friend', async () => {
  await takeNextStep();
  await manager.getByLabel('Name', { exact: true }).fill('Friends of Northwind');
  const reward = (who: string) => manager.getByRole('group', { name: `Reward for the ${who}` });
  await reward('referrer').getByLabel('Reward', { exact: true }).fill('10 EUR credit');
  await reward('referrer').getByLabel('Amount').fill('10');
  await reward('referrer').getByLabel('Currency').fill('EUR');
  await reward('friend').getByLabel('Reward', { exact: true }).fill('5 EUR off');
  await reward('friend').getByLabel('Amount').fill('5,00');
  await reward('friend').getByLabel('Currency').fill('eur');
  await manager.getByLabel('For every reward').check();
  await manager.locator('main form').getByRole('button').last().click();
  await manager.waitForURL(/\/leads$/);
  expect(await checklist()).toEqual({ done: 2, next: 'Choose what happens in Intercom when people join' });
});

it('says what happens to a friend in Intercom, field by field', async () => {
  await takeNextStep();
  await press('Add a field');
  const second = manager.getByRole('group', { name: 'Row 2' });
  await second.getByLabel('From').selectOption('person.name');
  await second.getByLabel('To (Intercom)').selectOption('name');
  await press('Save draft');
  await says('Saved as a draft');
  await follow('Review and publish');
  await press(/^Publish/);
  await says(/Version \d is in effect/);
  expect(await checklist()).toMatchObject({ done: 2 });
});

it('has nothing done for referrers in Intercom, which completes the step', async () => {
  await follow('Set up referrers');
  await manager.getByRole('radio', { name: 'Do nothing', exact: true }).check();
  await press('Save draft');
  await follow('Review and publish');
  await press(/^Publish/);
  await says(/Version \d is in effect/);
  expect(await checklist()).toEqual({ done: 3, next: 'Write a rule that qualifies referrals' });
});

it('writes a rule, and publishes it', async () => {
  await takeNextStep();
  await follow('New rule');
  await manager.getByLabel('Name', { exact: true }).fill('Paid plan');
  await manager.getByLabel('Attribute').selectOption('custom_attributes.plan');
  await manager.getByLabel('Condition', { exact: true }).selectOption('is_one_of');
  await manager.getByLabel('pro').check();
  await press('Save draft and try');
  await follow('Review and publish');
  await press(/^Publish/);
  await says('Paid plan');
  expect(await checklist()).toEqual({ done: 4, next: 'Get the first referral' });
});

it('sees what happens to a test person, who leaves nothing behind', async () => {
  await follow('Try it with a test person');
  await says('Everything is undone');
  const badges = await manager.locator('main .badge').allInnerTexts();
  expect(badges).toEqual(['Works', 'Nothing to do', ...Array(6).fill('Works')]);
  expect(await checklist()).toMatchObject({ done: 4 });
});

it('has a join page, where a visitor gets a share link and friends join with it', async () => {
  await takeNextStep();
  await manager.getByRole('heading', { name: 'Friends of Northwind' }).waitFor();
  const joinAddress = manager.url();
  await manager.goto(`${app.url}/console`);
  await join(joinAddress, { name: 'Olive Brandt', email: 'olive@brandt.example' });
  shareLink = await visitor.getByLabel('Your link').inputValue();
  for (const friend of friends) {
    await join(shareLink, friend);
  }
  await goTo('Home');
  expect(await checklist()).toEqual({ done: 5, next: 'Issue the first reward' });
});

/** In the same browser, where no one is signed in to the join page. */
async function join(address: string, { name, email }: { name: string; email: string }) {
  await visitor.goto(address);
  await visitor.getByLabel('Your name').fill(name);
  await visitor.getByLabel('Your email').fill(email);
  await visitor.getByRole('button', { name: 'Join' }).click();
  await visitor.getByLabel('Your link').waitFor();
}

it('imports people from a file as people have it, and takes the import back', async () => {
  await goTo('People');
  await follow('Import people');
  await manager.getByLabel('Referrers').check();
  const lines = [
    'Kundin;Anschrift;Ort',
    'Ines Okafor;ines@okafor.example;Köln',
    'Ben Ott;ben@ott.example;Ulm',
  ];
  lines.push('Ines Okafor;INES@okafor.example ;Köln', 'Priya Raman;priya(at)raman.example;Bonn');
  lines.push('Olive Brandt;olive@brandt.example;Wien');
  await manager
    .getByLabel('Or a file')
    .setInputFiles({ name: 'kunden.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\r\n')) });
  await press('Continue');
  await manager.getByLabel('What Kundin is').selectOption({ label: 'Name' });
  await manager.getByLabel('What Anschrift is').selectOption({ label: 'Email' });
  await press('Check the list');
  await says('Add 2 referrers to Friends of Northwind?');
  for (const outcome of ['New', 'Already in the campaign', 'Duplicate row', 'Unreadable'])
    await manager.locator(`dt:text-is("${outcome}")`).waitFor();
  await press('Add 2 referrers');
  await says('2 referrers added to Friends of Northwind');
  await manager.getByText('Undo: remove 2 referrers…').click();
  await press('Undo: remove 2 referrers');
  await says('2 referrers removed from Friends of Northwind');
});

it('has alerts sent by mail and to a chat channel', async () => {
  await goTo('Settings');
  await follow('Alerts');
  await manager.locator('#f-rewards').check();
  await press('Save alerts');
  await says('Alerts saved.');
  await manager.getByLabel('Name', { exact: true }).fill('#referrals');
  await manager.getByLabel('Incoming webhook URL').fill(`${app.sandbox.url}/slack/referrals`);
  await manager.locator('#channel-rewards').check();
  await press('Add channel');
  await press('Test #referrals');
  await says('Test message sent.');
});

it('sees the friends qualify once their contacts change in Intercom', async () => {
  for (const friend of friends) await upgrade(friend.name);
  await expect
    .poll(async () => {
      await goTo('Rewards');
      return manager.locator('main').innerText();
    })
    .toMatch(/4 rewards, 30.00 EUR/);
});

/** As an agent who edits the contact's plan in the inbox. */
async function upgrade(name: string) {
  await agent.goto(`${app.sandbox.url}/`);
  await expect
    .poll(async () => {
      await agent.getByLabel('Open a contact').fill('');
      await agent.getByLabel('Open a contact').fill(name);
      return agent.getByRole('button', { name }).first().isVisible();
    })
    .toBe(true);
  await agent.getByRole('button', { name }).first().click();
  const plan = agent.locator('[data-attribute=plan]');
  await plan.getByRole('button', { name: /^(Add|Edit) plan/ }).click();
  await plan.getByLabel('plan').selectOption('pro');
  await plan.getByRole('button', { name: 'Save' }).click();
  await plan.getByText('pro').waitFor();
}

it('is told in the morning that rewards are due', async () => {
  // Ten o'clock on the day after tomorrow: messages go out from nine on, whenever the test runs.
  passedMs = new Date(Date.now() + 2 * dayMs).setUTCHours(10, 0, 0, 0) - Date.now();
  await expect
    .poll(async () => {
      await manager.goto(`${app.sandbox.url}/messages`);
      return manager.locator('body').innerText();
    })
    .toMatch(/4 rewards are due[\s\S]*4 rewards are due/);
  // The session of the day before is over by then.
  await manager.goto(`${app.url}/console`);
  await follow('Sign in with Intercom');
  await press('Authorize access');
  await says('First steps');
});

it('approves and issues rewards together', async () => {
  await takeNextStep();
  await press('Select all');
  await press('Approve');
  await press('Approve 4 rewards');
  await says('4 rewards, 30.00 EUR in all: approved.');
  await follow(/^Approved/);
  await manager.getByLabel('Select the reward of Olive Brandt').first().check();
  await manager.getByLabel('Select the reward of Vera Lindt').check();
  await press('Issue');
  await manager.getByLabel('Receipt').fill('Transfer 2026-31');
  await press('Issue 2 rewards');
  await says('2 rewards, 15.00 EUR in all: issued.');
});

it('downloads the others, and uploads them with their receipts', async () => {
  await follow(/^Approved/);
  const download = manager.waitForEvent('download');
  await follow('Download as CSV');
  const [head = '', ...lines] = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(2);
  const columns = head.split(',');
  const filled = lines.map((line, at) => {
    const cells = line.split(',');
    cells[columns.indexOf('reference')] = `V-${at + 1}`;
    return cells.join(',');
  });
  await follow('Upload receipts');
  await manager.getByLabel('File').setInputFiles({
    name: 'receipts.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from([head, ...filled].join('\n')),
  });
  await press('Upload and preview');
  await press('Issue 2 rewards');
  await says('2 rewards, 15.00 EUR in all: issued.');
});

it('has the whole of it in numbers on Home, each with the list behind it', async () => {
  await goTo('Home');
  await says('Program performance');
  expect(await manager.locator('#first-steps').count()).toBe(0);
  const figures = manager.locator('.figures .card');
  const texts = await figures.allInnerTexts();
  expect(texts.map((text) => text.split(/\n+/).slice(0, 2))).toEqual([
    ['Clicks', '2'],
    ['Joined', '2'],
    ['Qualified', '2'],
    ['Rewards issued', '4'],
  ]);
  for (const [stage, words] of [
    ['Clicks', /Referrers[\s\S]*Olive Brandt/],
    ['Joined', /Referrals[\s\S]*Tomás Vidal[\s\S]*Vera Lindt/],
    ['Qualified', /Referrals[\s\S]*Tomás Vidal[\s\S]*Vera Lindt/],
    ['Rewards issued', /4 rewards, 30.00 EUR in all[\s\S]*V-1[\s\S]*Transfer 2026-31/],
  ] as const) {
    await goTo('Home');
    await figures.filter({ hasText: stage }).locator('.figure a').click();
    await manager.waitForURL(/from=/);
    expect(await manager.locator('main').innerText(), stage).toMatch(words);
  }
  expect(complaints).toEqual([]);
});
