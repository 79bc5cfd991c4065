// The Messenger's pages of the sandbox, with a fake app behind them: as a customer, and as a teammate who puts the app there.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { canvas, content, liveCanvas, type Reply, sheetPage } from '../sandbox/fake-app.ts';
import { problemsOf } from '../support/browser/console-browser.ts';
import { type Inbox, startInbox } from '../support/browser/inbox.ts';
import { idOf, insertCard } from '../support/messenger.ts';

const tomas = seededContact('top.referrer@example.com');
const submit = { type: 'submit' };
const button = (id: string, label: string, more = {}) => ({
  type: 'button',
  id,
  label,
  style: 'secondary',
  action: submit,
  ...more,
});
const text = (words: string) => ({ type: 'text', text: words });

let inbox: Inbox;
let replies: Partial<Record<string, Reply>> = {};
beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.close());
beforeEach(async () => {
  for (const context of inbox.browser.contexts()) await context.close();
  inbox.sandbox.world.cards.clear();
  inbox.complaints.length = 0;
  inbox.app.messengerRequests.length = 0;
  replies = { initialize: liveCanvas(inbox.app) };
  inbox.app.messengerAnswer = ({ kind, body }) => {
    const { name } = Object(body.contact);
    return replies[kind] ?? content(text(`Hello ${name ?? 'stranger'}`), button('go', 'Go on'));
  };
});

const lastOf = (kind: string) =>
  inbox.app.messengerRequests.findLast((request) => request.kind === kind)?.body;
const cardOf = (page: Page) => page.getByTestId('messenger-card');

async function openHome(more = '', options = {}): Promise<Page> {
  await insertCard(inbox, { place: 'home' });
  return inbox.open(`/messenger?person=${tomas.id}${more}`, options);
}

it('shows Home to the person who is chosen, in their language, and asks the app at every view', async () => {
  const page = await openHome();
  await cardOf(page).getByText('Hello Tomás Herrera').waitFor();
  await page.getByLabel('Language').selectOption('fr');
  await page.getByRole('heading', { name: 'Bonjour Tomás' }).waitFor();
  await expect.poll(() => lastOf('content')?.context.locale).toBe('fr');
  await page.getByLabel('Who you are').selectOption({ label: 'Amber Lantern from Cork' });
  await cardOf(page).getByText('Hello stranger').waitFor();
  expect(lastOf('content')?.contact).toMatchObject({ type: 'visitor', id: idOf(inbox, 'visitor') });
  await page.reload();
  await cardOf(page).getByText('Hello stranger').waitFor();
  expect(inbox.complaints).toEqual([]);
});

it('presses a button with a spinner, says where a link leads, and what Intercom would refuse', async () => {
  const away = { type: 'url', url: 'https://example.com/share' };
  replies.content = content(button('go', 'Go on'), button('away', 'Share', { action: away }));
  const page = await openHome();
  let release = () => {};
  const after = new Promise<void>((resolve) => {
    release = resolve;
  });
  replies.submit = { ...canvas(text('Thank you')), after };
  await cardOf(page).getByRole('button', { name: 'Share' }).click();
  await page.getByText('Opened in a new tab: https://example.com/share').waitFor();
  await cardOf(page).getByRole('button', { name: 'Go on' }).click();
  await cardOf(page).locator('.ck-pressed').waitFor();
  await expect.poll(() => cardOf(page).getAttribute('aria-busy')).toBe('true');
  release();
  await cardOf(page).getByText('Thank you').waitFor();
  expect(await page.getByTestId('card-notes').isVisible()).toBe(false);
  replies.content = content({ type: 'video' });
  await page.reload();
  await cardOf(page).getByText('Something went wrong').waitFor();
  await page.getByTestId('card-notes').getByText('this type does not exist here').waitFor();
});

it('opens a sheet over the Messenger, which can be closed, and the app gets its values', async () => {
  const { url } = inbox.sandbox;
  const library = 'INTERCOM_MESSENGER_SHEET_LIBRARY';
  replies.sheet = sheetPage(
    `<script src="${url}/messenger/messenger-sheet-library.latest.js"></script>
     <script>${library}.setTitle('Share your link')</script>
     <button onclick="${library}.submitSheet({ email: 'a@example.com' })">Send it</button>`,
  );
  replies['submit-sheet'] = canvas(text('Sent'));
  const action = { type: 'sheet', url: `${inbox.app.url}/intercom/messenger/sheet` };
  replies.content = content(button('open', 'Share', { action }));
  const page = await openHome();
  const open = () => cardOf(page).getByRole('button', { name: 'Share' }).click();
  await open();
  const dialog = page.getByRole('dialog', { name: 'Share your link' });
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect.poll(() => dialog.isVisible()).toBe(false);
  expect(lastOf('submit-sheet')).toBeUndefined();
  await open();
  await page.frameLocator('#sheet-frame').getByRole('button', { name: 'Send it' }).click();
  await cardOf(page).getByText('Sent').waitFor();
  expect(lastOf('submit-sheet')).toMatchObject({
    sheet_values: { email: 'a@example.com' },
    user: { id: tomas.id },
  });
});

it('lets a visitor write, who is a lead from then on', async () => {
  const { world } = inbox.sandbox;
  const visitor = world.visitors.all().at(-1);
  const page = await inbox.open(`/messenger?person=${visitor?.id}`);
  await page.getByRole('button', { name: 'Send us a message' }).click();
  await page.getByLabel('Message…').fill('Is there a program for friends?');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('Is there a program for friends?').waitFor();
  await page.getByText(/^Lead/).waitFor();
  if (visitor) world.visitors.put(visitor);
});

it('puts the app on Home, into a Workflow and a message, configures it again and takes it away', async () => {
  replies.configure = canvas(button('save', 'Save', { style: 'primary' }));
  const settings = await inbox.open('/messenger/settings');
  for (const add of ['Add Referral Desk to Home', 'Add a Workflow', 'Send a message']) {
    replies.configure = canvas(button('save', 'Save', { style: 'primary' }));
    await settings.getByRole('button', { name: add }).click();
    await settings.getByTestId('configure').getByRole('button', { name: 'Save' }).waitFor();
    replies.configure = { body: JSON.stringify({ results: { campaign: 'Spring' } }) };
    await settings.getByTestId('configure').getByRole('button', { name: 'Save' }).click();
    await settings.getByTestId('configure').waitFor({ state: 'detached' });
  }
  await expect.poll(() => settings.getByText('campaign: Spring').count()).toBe(3);
  const page = await inbox.open(`/messenger?person=${tomas.id}`);
  await cardOf(page).getByText('Hello Tomás Herrera').waitFor();
  await page.getByRole('button', { name: 'Would you like to refer a friend?' }).click();
  await cardOf(page).getByText('Hello Tomás Herrera').waitFor();
  expect(lastOf('initialize')?.context).toMatchObject({
    location: 'operator',
    conversation_id: expect.any(Number),
  });
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('button', { name: /Thank you for being/ }).click();
  await cardOf(page).getByText('Hello Tomás Herrera').waitFor();
  expect(lastOf('content')?.context.location).toBe('message');
  await settings.getByRole('button', { name: 'Configure' }).first().click();
  await settings.getByTestId('configure').waitFor({ state: 'detached' });
  expect(lastOf('configure')).toMatchObject({ context: { location: 'home' }, current_canvas: {} });
  await settings.getByRole('button', { name: 'Remove' }).first().click();
  await settings.getByText('The app is not added yet.').waitFor();
});

it('sends a card in a reply, by the app picker or because the card in the Inbox asks for it', async () => {
  replies.configure = { body: JSON.stringify({ results: {} }) };
  inbox.app.answer = ({ body }) =>
    body.component_id === undefined
      ? canvas(button('send', 'Send referral card'))
      : {
          body: JSON.stringify({
            canvas: { content: { components: [text('Added to your reply')] } },
            card_creation_options: { kind: 'referral-card' },
          }),
        };
  const page = await inbox.open(`/?contact=${tomas.id}`);
  await page.getByTestId('card').getByRole('button', { name: 'Send referral card' }).click();
  await page.locator('#draft-card').getByText('Hello Tomás Herrera').waitFor();
  expect(lastOf('initialize')).toMatchObject({
    card_creation_options: { kind: 'referral-card' },
    context: { location: 'conversation' },
  });
  await page.getByRole('button', { name: 'Remove the card' }).click();
  await page.getByRole('button', { name: 'Insert Referral Desk' }).click();
  await page.locator('#draft-card').getByText('Hello Tomás Herrera').waitFor();
  await page.getByLabel('Write a reply').fill('Here is your link.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('log').getByText('Hello Tomás Herrera').waitFor();
  const seen = await inbox.open(`/messenger?person=${tomas.id}&space=messages`);
  await seen.getByRole('button', { name: 'Referral Desk' }).first().click();
  await seen.getByText('Here is your link.').waitFor();
  await cardOf(seen).getByText('Hello Tomás Herrera').waitFor();
});

it('sets and takes away the token of the company’s page', async () => {
  const page = await openHome();
  const token = () => Object(lastOf('content')?.contact).custom_attributes?.referral_token;
  await page.getByLabel(/Token/).selectOption('fresh');
  await expect.poll(token).toMatch(/^ey/);
  await page.getByLabel(/Token/).selectOption('');
  await expect.poll(token).toBeUndefined();
});

it('is accessible, and fits a phone, in light and dark', async () => {
  const page = await openHome('', { bypassCSP: true });
  await cardOf(page).getByText('Hello Tomás Herrera').waitFor();
  const serious = () => problemsOf(page);
  expect(await serious()).toEqual([]);
  await page.goto(`${inbox.sandbox.url}/messenger/settings`);
  await page.locator('[data-card]').waitFor();
  expect(await serious()).toEqual([]);
});
