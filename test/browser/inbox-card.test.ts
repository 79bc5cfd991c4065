// The card on the inbox page: every component as a teammate sees and uses it, and what happens to bad answers.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { canvas } from '../sandbox/fake-app.ts';
import { type Inbox, startInbox } from '../support/browser/inbox.ts';

const submit = { type: 'submit' };
const button = (id: string, more = {}) => ({
  type: 'button',
  id,
  label: `Press ${id}`,
  style: 'secondary',
  action: submit,
  ...more,
});
const options = ['red', 'green', 'blue'].map((id) => ({ type: 'option', id, text: `Color ${id}` }));
const lead = seededContact('pending.lead@example.com');

let inbox: Inbox;
beforeAll(async () => {
  inbox = await startInbox();
});
afterAll(() => inbox.close());
beforeEach(() => {
  inbox.app.requests.length = 0;
});

/** Opens the lead's conversation while the app answers every initialize with these components. */
async function openCard(...components: unknown[]): Promise<Locator> {
  inbox.app.answer = () => canvas(...components);
  const page = await inbox.open(`/?contact=${lead.id}`);
  const card = page.getByTestId('card');
  await card.locator('[data-testid=card-body] > :not(.ck-loading)').first().waitFor();
  return card;
}

/** The newest submit once the app has got it. */
async function submitted() {
  return expect
    .poll(() => inbox.app.requests.findLast((request) => request.path.endsWith('/submit'))?.body)
    .toBeDefined()
    .then(() => inbox.app.requests.findLast((request) => request.path.endsWith('/submit'))?.body);
}

describe('what the card says', () => {
  it('is text with bold and links, and nothing else of Markdown or HTML', async () => {
    const text = '**Sam** [Ortega](https://example.com/sam) <b>x</b> _y_ [bad](javascript:alert(1))';
    const card = await openCard({ type: 'text', text, style: 'muted', align: 'center' });
    const line = card.locator('p');
    await expect.poll(() => line.textContent()).toBe('Sam Ortega <b>x</b> _y_ [bad](javascript:alert(1))');
    expect(await line.locator('strong').allTextContents()).toEqual(['Sam']);
    expect(await line.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual([
      'https://example.com/sam',
    ]);
    expect(await line.locator('b').count()).toBe(0);
    expect(await line.evaluate((p) => p.ownerDocument.defaultView?.getComputedStyle(p).textAlign)).toBe(
      'center',
    );
  });

  it('is a table that cuts long values short and has them whole on hover', async () => {
    const value = 'An endless value '.repeat(20);
    const card = await openCard({
      type: 'data-table',
      items: [{ type: 'field-value', field: 'Reward', value }],
    });
    const cell = card.getByTitle(value);
    expect(await cell.evaluate((dd) => dd.scrollWidth > dd.clientWidth)).toBe(true);
    expect((await cell.boundingBox())?.height).toBeLessThan(24);
    await expect.poll(() => card.getByTitle('Reward').textContent()).toBe('Reward');
  });

  it('is images of the given size, dividers and spacers, without asking another host for a picture', async () => {
    const card = await openCard(
      { type: 'image', url: 'https://elsewhere.example/cat.png', width: 60, height: 30, rounded: true },
      { type: 'image', url: `${inbox.sandbox.url}/inbox/page/favicon.svg`, width: 40, height: 40 },
      { type: 'divider' },
      { type: 'spacer', size: 'xl' },
    );
    const far = await card.getByRole('img', { name: 'Image from elsewhere.example' }).boundingBox();
    expect([far?.width, far?.height]).toEqual([60, 30]);
    const near = card.locator('img');
    expect(await near.evaluate((img) => [img.clientWidth, img.clientHeight])).toEqual([40, 40]);
    await expect.poll(() => near.evaluate((img) => Reflect.get(img, 'naturalWidth'))).toBeGreaterThan(0);
    await expect.poll(() => card.locator('hr').count()).toBe(1);
    expect((await card.locator('[data-component=spacer]').boundingBox())?.height).toBe(32);
  });

  it('is a list with items that act, link, or only inform', async () => {
    const card = await openCard({
      type: 'list',
      items: [
        {
          type: 'item',
          id: 'acts',
          title: 'Acts',
          subtitle: 'Pending',
          tertiary_text: 'Nov 2',
          action: submit,
        },
        { type: 'item', id: 'informs', title: 'Informs' },
        { type: 'item', id: 'off', title: 'Off', disabled: true, action: submit },
      ],
    });
    expect(await card.getByRole('listitem').allTextContents()).toEqual([
      'ActsPending • Nov 2',
      'Informs',
      'Off',
    ]);
    expect(await card.getByRole('button', { name: 'Informs' }).count()).toBe(0);
    expect(await card.getByRole('button', { name: 'Off' }).isDisabled()).toBe(true);
    await card.getByRole('button', { name: 'Acts' }).click();
    expect((await submitted())?.component_id).toBe('acts');
  });
});

describe('what a teammate fills in', () => {
  const form = [
    { type: 'input', id: 'name', label: 'Name', value: 'Maya' },
    { type: 'textarea', id: 'why', label: 'Reason' },
    { type: 'single-select', id: 'pick', label: 'Pick one', options },
    { type: 'dropdown', id: 'drop', label: 'Choose', options },
    { type: 'checkbox', id: 'many', label: 'Several', options, value: ['red'] },
    button('go'),
  ];

  it('is sent whole, with whatever button is pressed', async () => {
    const card = await openCard(...form);
    await card.getByLabel('Name').fill('Maya O’Kafor');
    await card.getByLabel('Reason').fill('Two\nlines');
    await card.getByRole('group', { name: 'Pick one' }).getByRole('button', { name: 'Color blue' }).click();
    await card.getByLabel('Choose').selectOption('green');
    await card.getByRole('checkbox', { name: 'Color green' }).check();
    await card.getByRole('button', { name: 'Press go' }).click();
    expect(await submitted()).toMatchObject({
      component_id: 'go',
      input_values: {
        name: 'Maya O’Kafor',
        why: 'Two\nlines',
        pick: 'blue',
        drop: 'green',
        many: ['red', 'green'],
      },
      current_canvas: { content: { components: form }, stored_data: { v: 1 } },
    });
  });

  it('is sent empty where nothing was filled in', async () => {
    const card = await openCard(...form);
    await card.getByRole('button', { name: 'Press go' }).click();
    expect((await submitted())?.input_values).toEqual({
      name: 'Maya',
      why: '',
      pick: null,
      drop: null,
      many: ['red'],
    });
  });

  it('acts by itself where the component has an action of its own', async () => {
    const card = await openCard(
      { type: 'input', id: 'account', label: 'Account', action: submit },
      { type: 'single-select', id: 'pick', label: 'Pick one', options, action: submit },
    );
    await card.getByLabel('Account', { exact: true }).fill('acct_1');
    await card.getByLabel('Account', { exact: true }).press('Enter');
    expect(await submitted()).toMatchObject({ component_id: 'account', input_values: { account: 'acct_1' } });
    inbox.app.requests.length = 0;
    await card.getByRole('button', { name: 'Submit Account' }).click();
    expect(await submitted()).toMatchObject({ component_id: 'account' });
    inbox.app.requests.length = 0;
    await card.getByRole('button', { name: 'Color red' }).click();
    expect(await submitted()).toMatchObject({ component_id: 'pick', input_values: { pick: 'red' } });
  });

  it('is closed once saved, marked when failed, and off when disabled', async () => {
    const card = await openCard(
      { type: 'input', id: 'saved', label: 'Saved', value: 'x', save_state: 'saved', disabled: false },
      { type: 'input', id: 'failed', label: 'Failed', value: 'y', save_state: 'failed' },
      { type: 'textarea', id: 'wrong', label: 'Wrong', error: true },
      { type: 'dropdown', id: 'off', label: 'Off', options, disabled: true },
      { type: 'checkbox', id: 'kept', label: '', options, save_state: 'saved' },
      button('never', { disabled: true }),
    );
    expect(await card.getByLabel('Saved').isDisabled()).toBe(true);
    expect(await card.getByLabel('Failed').getAttribute('aria-invalid')).toBe('true');
    expect(await card.getByLabel('Wrong').getAttribute('aria-invalid')).toBe('true');
    expect(await card.getByLabel('Off').isDisabled()).toBe(true);
    expect(await card.getByRole('checkbox', { name: 'Color red' }).isDisabled()).toBe(true);
    expect(await card.getByRole('button', { name: 'Press never' }).isDisabled()).toBe(true);
  });
});

describe('pressing a button', () => {
  it('blocks the card with a spinner on the button until the answer is there', async () => {
    const card = await openCard(button('slow'), button('other'));
    const release = Promise.withResolvers<void>();
    inbox.app.answer = () => ({ ...canvas({ type: 'text', text: 'Done' }), after: release.promise });
    await card.getByRole('button', { name: 'Press slow' }).dblclick();
    expect(await card.getAttribute('aria-busy')).toBe('true');
    expect(await card.locator('.ck-pressed').getAttribute('data-component-id')).toBe('slow');
    await card.getByText('Press other').click({ force: true });
    release.resolve();
    await card.getByText('Done').waitFor();
    expect(await card.getAttribute('aria-busy')).toBeNull();
    expect(inbox.app.requests.filter((request) => request.path.endsWith('/submit'))).toHaveLength(1);
  });

  it('keeps the keyboard on the card when the button is gone', async () => {
    const card = await openCard(button('go'));
    inbox.app.answer = () => canvas({ type: 'text', text: 'Done' }, button('next'));
    await card.getByRole('button', { name: 'Press go' }).press('Enter');
    await card.getByText('Done').waitFor();
    await card.page().keyboard.press('Tab');
    await card.page().keyboard.press('Tab');
    await expect.poll(() => card.page().locator(':focus').textContent()).toBe('Press next');
  });

  it('opens a link in a new tab and asks the app nothing', async () => {
    const url = `${inbox.sandbox.url}/gallery`;
    const card = await openCard(button('open', { style: 'link', action: { type: 'url', url } }));
    const [tab] = await Promise.all([
      card.page().context().waitForEvent('page'),
      card.getByRole('button', { name: 'Press open' }).click(),
    ]);
    await tab.waitForURL(url);
    expect(inbox.app.requests.map((request) => request.path)).toEqual(['/intercom/inbox/initialize']);
  });
});

describe('a bad answer', () => {
  it.each([
    ['a status other than 200', { status: 500, body: '{}' }, 'status 500'],
    ['no JSON', { body: '<html>' }, 'not JSON'],
    ['a component that does not exist', canvas({ type: 'accordion' }), 'components[0].type'],
  ])('with %s is Intercom’s generic error, and the sandbox says why', async (_name, reply, reason) => {
    inbox.app.answer = () => reply;
    const page = await inbox.open(`/?contact=${lead.id}`);
    await page.getByTestId('card').getByText('Something went wrong').waitFor();
    await expect.poll(() => page.getByTestId('card-notes').textContent()).toContain(reason);
    inbox.app.answer = () => canvas({ type: 'text', text: 'Well again' });
    await page.getByRole('button', { name: 'Initialize the card again' }).click();
    await page.getByTestId('card').getByText('Well again').waitFor();
    expect(await page.getByTestId('card-notes').isHidden()).toBe(true);
  });

  it('by guideline only is drawn, with what the guidelines say', async () => {
    const tall = Array.from({ length: 5 }, () => ({
      type: 'image',
      url: 'https://static.example.com/a.png',
      width: 90,
      height: 90,
    }));
    const card = await openCard(...tall, button('b', { style: 'primary' }));
    const notes = card.page().getByTestId('card-notes');
    await expect
      .poll(() => notes.textContent())
      .toContain('a primary button is not allowed on the first canvas');
    await expect.poll(() => notes.textContent()).toMatch(/The first canvas is \d+ px tall/);
  });
});

it('shows the answer to the newest request, however late an older one is', async () => {
  const card = await openCard({ type: 'text', text: 'First' });
  inbox.app.answer = () => ({ ...canvas({ type: 'text', text: 'Old' }), after: sleep(600) });
  await card.getByRole('button', { name: 'Initialize the card again' }).click();
  await expect.poll(() => inbox.app.requests.length).toBe(2);
  inbox.app.answer = () => canvas({ type: 'text', text: 'New' });
  await card.getByRole('button', { name: 'Initialize the card again' }).click();
  await card.getByText('New').waitFor();
  await sleep(800);
  await expect.poll(() => card.getByTestId('card-body').textContent()).toBe('New');
});
