// The Messenger with the real app: a teammate puts the card there, a user, a lead and a visitor open and press it, and an
// agent sends it from the Inbox.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { languages } from '../../src/domain/languages/language.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import { refreshIdentityVerification } from '../../src/usecases/workspace/identity-verification.ts';
import { type ConsoleBrowser, problemsOf, startConsoleBrowser } from '../support/browser/console-browser.ts';
import { conversationOf, idOf } from '../support/messenger.ts';

const referrer = { email: 'top.referrer@example.com' };

let desk: ConsoleBrowser;
beforeAll(async () => {
  desk = await startConsoleBrowser();
  await refreshIdentityVerification(desk.app.ctx);
});
afterAll(() => desk?.close());

async function openSandbox(path: string): Promise<Page> {
  const context = await desk.browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await page.goto(desk.app.sandbox.url + path);
  return page;
}

const card = (page: Page) => page.getByTestId('messenger-card').last();
const press = (page: Page, name: string) => card(page).getByRole('button', { name, exact: true }).click();
const picture = async (page: Page, name: string) => {
  const folder = process.env.MESSENGER_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/messenger-${name}.png` });
};

it('is put on Home by a teammate, and shows each person what is theirs', async () => {
  const settings = await openSandbox('/messenger/settings');
  await settings.getByRole('button', { name: 'Add Referral Desk to Home' }).click();
  const form = settings.getByTestId('configure');
  await form.getByRole('button', { name: 'Save' }).waitFor();
  expect(await form.getByLabel('Campaign').inputValue()).toBe('all');
  await picture(settings, 'configure');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });

  const page = await openSandbox(`/messenger?person=${seededContact(referrer.email).id}`);
  await card(page).getByText('/r/').waitFor();
  await picture(page, 'link');
  expect(await page.getByTestId('card-notes').isVisible()).toBe(false);
  await press(page, 'Share on WhatsApp');
  await page.getByText(/Opened in a new tab: .*\/share\/whatsapp\//).waitFor();
  await press(page, 'My progress');
  await card(page)
    .getByText(/pending · /)
    .waitFor();
  await picture(page, 'progress');
  await press(page, 'My rewards');
  await picture(page, 'rewards');
  await press(page, 'Back');
  await press(page, 'Latest friends');
  await picture(page, 'friends');
  await press(page, 'Back');
  await press(page, 'Back');

  await press(page, 'Refer a friend');
  await card(page).getByLabel('name').fill('Dana Whitlock');
  await card(page).getByLabel('email').fill('not an email');
  await picture(page, 'refer');
  await press(page, 'Refer');
  await card(page).getByLabel('email').fill('dana@friends.example');
  await card(page).getByRole('checkbox').check();
  await press(page, 'Refer');
  await card(page).getByText('You referred Dana Whitlock.').waitFor();
  await picture(page, 'sent');
  await press(page, 'Done');
  await card(page).getByText('/r/').waitFor();

  await page.getByLabel('Language').selectOption('de');
  await card(page).getByText('Freunde empfehlen').waitFor();
  await page.getByLabel('Language').selectOption('en');
  const lead = seededContact('pending.lead@example.com').id;
  for (const person of [lead, idOf(desk.app, 'visitor')]) {
    await page.goto(`${desk.app.sandbox.url}/messenger?person=${person}`);
    await card(page).getByText('Log in to').waitFor();
    expect(await card(page).textContent()).not.toContain('/r/');
  }
  await picture(page, 'visitor');
});

it('opens the longer form over the Messenger, which refers once', async () => {
  const page = await openSandbox(`/messenger?person=${seededContact(referrer.email).id}`);
  await press(page, 'Refer a friend');
  await press(page, 'Add your own words');
  const sheet = page.frameLocator('#sheet-frame');
  await sheet.getByLabel('name').fill('Nora Long');
  await sheet.getByLabel('email').fill('nora@friends.example');
  await sheet.getByLabel(/own words/i).fill('It has helped me a lot, and it may help you.');
  await sheet.getByRole('checkbox').check();
  await picture(page, 'sheet');
  await sheet.getByRole('button', { name: 'Refer', exact: true }).click();
  await card(page).getByText('You referred Nora Long.').waitFor();
  expect(
    await desk.app.query(
      "select extra from referrals r join people p on p.id = r.person_id where email = 'nora@friends.example'",
    ),
  ).toEqual([{ extra: { message: 'It has helped me a lot, and it may help you.' } }]);
});

it('is sent by an agent from the card in the Inbox, and shows the customer their own', async () => {
  const conversation = conversationOf(desk.app, referrer);
  const page = await openSandbox(`/?contact=${seededContact(referrer.email).id}`);
  await page.getByTestId('card').getByRole('button', { name: 'Send referral card' }).click();
  await page.getByTestId('card').getByText('is in your reply').waitFor();
  await page.locator('#draft-card').waitFor();
  await picture(page, 'agent');
  await page.getByLabel('Write a reply').fill('Here is your link.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const seen = await openSandbox(
    `/messenger?person=${seededContact(referrer.email).id}&space=conversation&id=${conversation}`,
  );
  await seen.getByText('Here is your link.').waitFor();
  await card(seen).getByText('/r/').waitFor();
  await picture(seen, 'conversation');
});

type Word = `messenger.${'back' | 'friends' | 'progress' | 'refer' | 'rewards'}` | 'messenger.form.send';

it('shows a user every screen of their own in each language, with nothing to object to', async () => {
  const page = await openSandbox(`/messenger?person=${seededContact(referrer.email).id}`);
  for (const language of languages) {
    await page.getByLabel('Language').selectOption(language);
    const say = (word: Word) => translate(language, word);
    const shows = (word: Word) =>
      card(page)
        .getByRole('heading', { name: say(word) })
        .waitFor();
    for (const word of ['messenger.rewards', 'messenger.friends'] as const) {
      await press(page, say('messenger.progress'));
      await press(page, say(word));
      await shows(word);
      await press(page, say('messenger.back'));
      await shows('messenger.progress');
      await press(page, say('messenger.back'));
    }
    await press(page, say('messenger.refer'));
    await press(page, say('messenger.form.send'));
    await card(page).getByRole('alert').waitFor();
    await press(page, say('messenger.back'));
    await card(page).getByText('/r/').waitFor();
    expect(await page.getByTestId('card-notes').isVisible()).toBe(false);
  }
});

it('lets who is not in the program join with one press', async () => {
  const page = await openSandbox(`/messenger?person=${seededContact('stranger@example.com').id}`);
  await card(page)
    .getByRole('button', { name: /Spring/ })
    .click();
  await press(page, 'Join');
  await card(page).getByText('/r/').waitFor();
});

it('is set up in the console: the rung, the switch, and own words in a language', async () => {
  const page = await desk.open('/console/messenger', { bypassCSP: true });
  await page.getByText('Intercom verifies your users.').waitFor();
  expect(await problemsOf(page)).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 1000 });
  await picture(page, 'console');
  await page.getByLabel('Language').selectOption('fr');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByLabel('Headline').fill('Vos amis, nos amis');
  await page.getByRole('button', { name: 'Save wording' }).click();
  await page.getByText('The words in Français are saved').waitFor();
  expect(desk.complaints).toEqual([]);
});
