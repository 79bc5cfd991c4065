// The inbox page as a whole: finding one's way by mouse, keyboard and link, editing a contact, and a narrow screen.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { canvas } from '../sandbox/fake-app.ts';
import { problemsOf } from '../support/browser/console-browser.ts';
import { type Inbox, startInbox } from '../support/browser/inbox.ts';

const lead = seededContact('pending.lead@example.com');
const stranger = seededContact('stranger@example.com');
const twin = seededContact('twin@example.com', 'lead');
const twinUser = seededContact('twin@example.com', 'user');

let inbox: Inbox;
beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.close());
// A page that an earlier test left open might still ask for a card.
beforeEach(async () => {
  for (const context of inbox.browser.contexts()) await context.close();
  inbox.app.requests.length = 0;
  inbox.app.answer = ({ body }) => canvas({ type: 'text', text: `Card of ${body.contact.id}` });
});

/** Intercom's REST API, as another client uses it. */
async function intercom(method: string, path: string, body: unknown) {
  const response = await fetch(inbox.sandbox.url + path, {
    method,
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

const cardOf = (page: Page, id: string) => page.getByTestId('card').getByText(`Card of ${id}`);
const chosen = (page: Page) => page.locator('.conversation[aria-current=true]');
const initialized = () => inbox.app.requests.map((request) => request.body.contact.id);

it('opens with the newest conversation, its thread, its contact and the card', async () => {
  const page = await inbox.open();
  await cardOf(page, lead.id).waitFor();
  await expect.poll(() => chosen(page).getByText('Maya Okafor').count()).toBe(1);
  await expect.poll(() => page.getByRole('log').getByText('Tomás sent me his link').count()).toBe(1);
  await expect.poll(() => page.locator('#person').textContent()).toContain('Lead');
  expect(initialized()).toEqual([lead.id]);
});

it('goes through conversations by j and k anywhere and by arrows in the list, never while typing', async () => {
  const page = await inbox.open();
  await cardOf(page, lead.id).waitFor();
  // The list may come after the card.
  await page.locator('.conversation-name').nth(1).waitFor();
  const names = await page.locator('.conversation-name').allTextContents();
  const shows = (name: string | undefined) =>
    expect.poll(() => chosen(page).locator('bdi').textContent()).toBe(name);
  await shows(names[0]);
  await page.keyboard.press('j');
  await shows(names[1]);
  await page.keyboard.press('k');
  await shows(names[0]);
  await page.locator('.conversation').first().focus();
  await page.keyboard.press('ArrowDown');
  await shows(names[1]);
  await expect.poll(() => page.locator('.conversation:focus bdi').textContent()).toBe(names[1]);
  await page.getByLabel('Write a reply').fill('');
  await page.getByLabel('Write a reply').press('j');
  expect(await page.getByLabel('Write a reply').inputValue()).toBe('j');
  await shows(names[1]);
});

it('comes back to what was open, by reload and by the back button', async () => {
  const page = await inbox.open();
  await cardOf(page, lead.id).waitFor();
  await page.locator('.conversation').nth(2).click();
  const name = await page.locator('.conversation-name').nth(2).textContent();
  await expect.poll(() => chosen(page).locator('bdi').textContent()).toBe(name);
  await page.reload();
  await expect.poll(() => chosen(page).locator('bdi').textContent()).toBe(name);
  await page.goBack();
  await cardOf(page, lead.id).waitFor();
});

it('has nothing serious for axe, with a card and with an open editor', async () => {
  const page = await inbox.open('/', { bypassCSP: true });
  await cardOf(page, lead.id).waitFor();
  expect(await problemsOf(page)).toEqual([]);
  await page.locator('[data-attribute=plan]').getByRole('button', { name: 'Edit plan' }).click();
  expect(await problemsOf(page)).toEqual([]);
});

it('opens Intercom’s own links to people and conversations', async () => {
  const page = await inbox.open(`/a/apps/sandbox/users/${twinUser.id}/all-conversations`);
  await page.locator('#person').getByText('twin@example.com').waitFor();
  const [, conversation] = inbox.sandbox.world.conversations.all();
  await page.goto(`${inbox.sandbox.url}/a/inbox/sandbox/inbox/conversation/${conversation?.id}`);
  await expect.poll(() => chosen(page).getAttribute('data-conversation-id')).toBe(conversation?.id);
});

it('finds a contact without a conversation and starts one', async () => {
  const alone = { ...inbox.sandbox.world.contacts.get(stranger.id), id: inbox.sandbox.world.newHexId() };
  inbox.sandbox.world.contacts.put(
    Object.assign({}, inbox.sandbox.world.contacts.get(lead.id), alone, { name: 'Nobody Yet' }),
  );
  const page = await inbox.open();
  await page.getByLabel('Open a contact').fill('nobody y');
  await page.getByRole('button', { name: 'Nobody Yet' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText('No conversation yet').waitFor();
  expect(await page.getByTestId('card').isHidden()).toBe(true);
  await page.getByRole('button', { name: 'Start conversation' }).click();
  await cardOf(page, alone.id).waitFor();
});

it('asks for every participant of a group in advance, and switches without asking again', async () => {
  const group = inbox.sandbox.world.conversations.all().find((one) => one.contact_ids.length === 3);
  const page = await inbox.open(`/?conversation=${group?.id}`);
  await expect.poll(() => initialized().toSorted()).toEqual(group?.contact_ids.toSorted());
  const people = page.getByRole('group', { name: 'Participants' }).getByRole('button');
  await expect.poll(() => people.count()).toBe(3);
  await people.nth(2).click();
  await cardOf(page, String(group?.contact_ids[2])).waitFor();
  await expect.poll(() => people.nth(2).getAttribute('aria-pressed')).toBe('true');
  expect(initialized()).toHaveLength(3);
});

it('names the teammate who works', async () => {
  const page = await inbox.open(`/?contact=${lead.id}`);
  await cardOf(page, lead.id).waitFor();
  const other = inbox.sandbox.world.admins.all()[1];
  await page.getByLabel('Working as').selectOption(other?.id ?? '');
  await expect.poll(() => inbox.app.requests.at(-1)?.body.admin.name).toBe(other?.name);
});

it('changes an attribute through Intercom’s API and shows Intercom’s objection', async () => {
  const page = await inbox.open(`/?contact=${lead.id}`);
  const plan = page.locator('[data-attribute=plan]');
  await plan.getByRole('button', { name: 'Edit plan' }).click();
  await plan.getByLabel('plan').selectOption('pro');
  await plan.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => plan.locator('.value').textContent()).toBe('pro');
  expect(inbox.sandbox.world.contacts.get(lead.id)?.custom_attributes.plan).toBe('pro');
  expect(inbox.sandbox.world.deliveries.all().map((one) => one.topic)).toContain('contact.lead.updated');

  const email = page.locator('[data-attribute=email]');
  await email.getByRole('button', { name: 'Edit Email' }).click();
  await email.getByLabel('Email').fill('no email');
  await email.getByLabel('Email').press('Enter');
  await expect.poll(() => email.getByRole('alert').textContent()).toMatch(/email/i);
  await email.getByLabel('Email').press('Escape');
  await expect.poll(() => email.locator('.value').textContent()).toBe(lead.email);
});

it('shows what other clients change, and follows a contact into a merge without losing the card', async () => {
  const page = await inbox.open(`/?contact=${twin.id}`);
  await cardOf(page, twin.id).waitFor();
  await intercom('PUT', `/contacts/${twin.id}`, { name: 'Twin Renamed' });
  await page.locator('#person').getByText('Twin Renamed').waitFor();
  await intercom('POST', '/contacts/merge', { from: twin.id, into: twinUser.id });
  await page.locator('#person').getByText('User', { exact: true }).waitFor();
  await expect.poll(() => cardOf(page, twin.id).count()).toBe(1);
  expect(new URL(page.url()).searchParams.get('contact')).toBe(twinUser.id);
});

it('leaves a text alone that is selected, and shows what changed once it no longer is', async () => {
  const page = await inbox.open(`/?contact=${lead.id}`);
  await cardOf(page, lead.id).waitFor();
  const head = page.locator('#person');
  await expect.poll(() => head.textContent()).toContain('Maya');
  const before = (await head.textContent()) ?? '';
  await head.selectText();
  const selected = await page.evaluate('String(getSelection())');
  const name = inbox.sandbox.world.contacts.get(lead.id)?.name;
  await intercom('PUT', `/contacts/${lead.id}`, { name: 'Maya Renamed' });
  // The list beside it is drawn again, so the change has been read.
  await expect.poll(() => chosen(page).locator('bdi').first().textContent()).toBe('Maya Renamed');
  expect(await head.textContent()).toBe(before);
  expect(await page.evaluate('String(getSelection())')).toBe(selected);
  await page.evaluate('getSelection().removeAllRanges()');
  await expect.poll(() => head.textContent()).toContain('Maya Renamed');
  await intercom('PUT', `/contacts/${lead.id}`, { name });
});

it('sends a reply into the thread', async () => {
  const page = await inbox.open(`/?contact=${lead.id}`);
  await page.getByLabel('Write a reply').fill('It is <b>yours</b>!');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('log').getByText('It is <b>yours</b>!').waitFor();
  expect(await page.getByLabel('Write a reply').inputValue()).toBe('');
});

it('shows requests and answers as they traveled', async () => {
  const page = await inbox.open(`/?contact=${lead.id}`);
  await cardOf(page, lead.id).waitFor();
  const toggle = page.getByRole('button', { name: 'Requests' });
  await toggle.click();
  await expect.poll(() => toggle.getAttribute('aria-expanded')).toBe('true');
  const drawer = page.locator('#exchange');
  await drawer.getByText(String(inbox.app.requests[0]?.signature)).waitFor();
  await expect.poll(() => drawer.getByLabel('Request as JSON').textContent()).toContain(`"id": "${lead.id}"`);
  await expect
    .poll(() => drawer.getByLabel('Answer as JSON').textContent())
    .toContain(`"Card of ${lead.id}"`);
});

it('shows one column at a time on a narrow screen, with ways back and nothing cut off', async () => {
  const page = await inbox.open('/', { viewport: { width: 360, height: 720 } });
  const list = page.getByRole('navigation', { name: 'Conversations' });
  await list.getByText('Maya Okafor').first().click();
  await page.getByRole('log').waitFor();
  expect(await list.isHidden()).toBe(true);
  await page.getByRole('button', { name: 'Details' }).click();
  await cardOf(page, lead.id).waitFor();
  expect(await page.getByRole('log').isHidden()).toBe(true);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  await page.getByRole('button', { name: 'Back to the conversation' }).click();
  await page.getByRole('button', { name: 'Back to conversations' }).click();
  await expect.poll(() => list.isVisible()).toBe(true);
});

it('asked no other host for anything and had nothing to complain about', () => {
  expect(inbox.outside).toEqual([]);
  // The refused email above is the one error that the browser itself puts on the console.
  expect(inbox.complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
});
