// Every form of the console, and the join page, by the keyboard alone: reached, seen, sent, and left again.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consoleTable } from '../../src/http/console/routes.ts';
import { keepReceipts } from '../../src/usecases/rewards/receipts.ts';
import { idOf } from '../support/api.ts';
import { drafted, publish, rewardWebhook } from '../support/audit-walk/form-cases.ts';
import {
  alertChannel,
  assistantGrant,
  dueOnPlatform,
  finConnectors,
  finKey,
} from '../support/audit-walk/form-subjects.ts';
import {
  api,
  app,
  bulkChange,
  campaign,
  code,
  connection,
  counted,
  delivery,
  desk,
  failedRecovery,
  importOf,
  mappedToMissing,
  peopleList,
  referral,
  review,
  reward,
  rule,
  run,
  sharedView,
  startWalk,
  syncCheck,
  unique,
} from '../support/audit-walk/subjects.ts';
import { type ConsoleBrowser, consoleBrowserOf, lookAtEach } from '../support/browser/console-browser.ts';
import { tabThrough, tabTo } from '../support/browser/keyboard.ts';
import { signIn } from '../support/console.ts';

let browser: ConsoleBrowser;
beforeAll(async () => {
  await startWalk({ SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'desk@northwind.example' });
  browser = await consoleBrowserOf(app);
});
afterAll(() => browser?.close());

/** So many rewards like this one that a page does not show them all. */
async function moreThanAPage(id: string): Promise<void> {
  await app.query(`insert into people (workspace_id, id, name, created_at)
    select 'sandbox', gen_random_uuid(), 'Of many', now() from generate_series(1, 60)`);
  const { columns } = (
    await app.query<{ columns: string }>(`select string_agg(column_name, ', ') as columns
    from information_schema.columns where table_name = 'rewards' and is_generated = 'NEVER' and table_schema = 'public'`)
  )[0] ?? { columns: '' };
  await app.query(
    `with copied as (
       insert into referrals select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'person_id', p.id))).*
       from referrals r join rewards w on w.referral_id = r.id, people p where w.id = $1 and p.name = 'Of many'
       returning id, person_id)
     insert into rewards (${columns}) select ${columns} from (
       select (jsonb_populate_record(w, jsonb_build_object('id', gen_random_uuid(), 'referral_id', copied.id))).*
       from rewards w, copied where w.id = $1) made`,
    [id],
  );
}

/** Where each form is shown, with what it is about. */
async function pagesOfForms(): Promise<string[]> {
  idOf(await api.patch(`/campaigns/${campaign}`, { settings: { expires_after_days: 30 } }));
  const draft = await drafted();
  const published = await drafted();
  await publish(published);
  const ruled = await rule();
  const pending = await referral();
  const [member] = await app.query<{ id: string }>('select person_id as id from referrals where id = $1', [
    pending,
  ]);
  const [lead] = await app.query<{ id: string }>("select id from people where email = 'twin@example.com'");
  await Promise.all([
    ...[delivery(), run(), failedRecovery(), alertChannel(), rewardWebhook(), assistantGrant(), finKey()],
    ...[sharedView(), desk.post('/console/user-tokens'), api.post('/connections', connection())],
  ]);
  await finConnectors();
  const due = await reward();
  await moreThanAPage(due);
  const undone = await desk.post('/console/rewards/issue', { ids: await reward() });
  const lines = [{ line: 2, rewardId: due, reference: 'R-1', amount: null, problem: null }];
  const receipts = await keepReceipts(app.ctx, 'sandbox', { name: 'receipts.csv', lines });
  const waiting = (await review()).id;
  const [failedDelivery] = await app.query<{ id: string }>(
    "select id from deliveries where state = 'failed' limit 1",
  );
  const [failedRun] = await app.query<{ id: string }>("select id from runs where state = 'failed' limit 1");
  const checked = await syncCheck();
  const [, second] = app.sandbox.world.admins.all();
  await signIn(app, second?.id);
  await desk.post('/console/access/teammates/remove', { id: second?.id ?? '' });
  const ofCampaign = [
    ...['', '/settings', '/join-page', '/try', '/last-day', '/duplicate', '/state/pause', '/rules/new'],
    ...[`/rules/${ruled}`, `/rules/${ruled}/apply`, `/rules/${ruled}/try`],
  ];
  const lists = consoleTable
    .filter(({ method, path }) => method === 'get' && !/:|export|confirm$|send$|erase$/.test(path))
    .map(({ path }) => path);
  return [
    ...lists,
    ...ofCampaign.map((path) => `/campaigns/${campaign}${path}`),
    `/campaigns/${draft}/publish`,
    `/campaigns/${published}/versions/1`,
    `/campaigns/${await mappedToMissing('leads')}/leads`,
    `/campaigns/${await mappedToMissing('referrers')}/referrers`,
    `/people/imports/${await peopleList('unmapped')}/columns`,
    `/people/imports/${await peopleList('checked')}`,
    `/people/${member?.id}`,
    `/people/${member?.id}/referrals/${pending}/qualify`,
    `/people/${lead?.id}/convert`,
    `/run-log/deliveries/${failedDelivery?.id}`,
    `/run-log/${failedRun?.id}`,
    `/backfills/${await counted()}`,
    `/imports/${await importOf(false)}`,
    `/rewards/receipts/${receipts}`,
    `/rewards/bulk/${await bulkChange()}`,
    '/rewards?status=due',
    '/rewards?status=issued',
    '/people/referrals?status=qualified',
    `/rewards?changed=${undone.location?.split('changed=')[1]}`,
    `/rewards/confirm?change=issue&ids=${due}`,
    `/rewards/send?ids=${due}`,
    `/rewards/on/referral-factory/confirm?change=issue&ids=${dueOnPlatform()}`,
    `/reviews/${waiting}`,
    `/reviews/${waiting}/confirm?decision=create`,
    `/sync-checks/${checked}`,
    `/sync-checks/${checked}/repair`,
    '/access/data/erase?email=twin@example.com',
  ].map((path) => `/console${path}`);
}

const pathOf = (page: Page) => new URL(page.url()).pathname;
const focused = (page: Page) => page.locator(':focus');

it('selects rows, and confirms on the next page what is done with them', async () => {
  await reward();
  await reward();
  const page = await browser.open(`/console/rewards?status=due&campaign=${campaign}`);
  await tabTo(page, page.getByRole('checkbox').first());
  await page.keyboard.press('Space');
  await tabTo(page, page.getByRole('button', { name: 'Select all' }));
  await page.keyboard.press('Space');
  const ticked = await page.locator('input[type="checkbox"]:checked').count();
  expect(ticked).toBeGreaterThan(1);
  await tabTo(page, page.getByRole('button', { name: 'Approve', exact: true }).first());
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/rewards\/confirm/);
  await tabTo(page, page.getByRole('button', { name: /^Approve/ }));
  await page.keyboard.press('Enter');
  await expect.poll(() => pathOf(page)).toBe('/console/rewards');
  await page.getByText(`${ticked} rewards`).first().waitFor();
  await page.context().close();
});

it('reaches every control of every form in order, shows where it is, and is never kept', async () => {
  const page = await browser.open('/console');
  const written: string[] = [];
  await lookAtEach(page, await pagesOfForms(), async (at, path) => {
    await at.goto(app.url + path);
    const { problems, writes } = await tabThrough(at);
    expect(problems, path).toEqual([]);
    written.push(...writes);
  });
  const forms = consoleTable.filter(({ method }) => method === 'post').map(({ path }) => path);
  const isSeen = (path: string) =>
    written.some((to) => new RegExp(`^/console${path.replaceAll(/:\w+/g, '[^/]+')}$`).test(to));
  expect(forms.filter((path) => !isSeen(path))).toEqual([]);
  expect(browser.complaints).toEqual([]);
  await page.context().close();
});

it('sends a form by Enter, and has the focus in the field that was refused', async () => {
  const page = await browser.open('/console/campaigns/new');
  await tabTo(page, page.getByLabel('Name'));
  await page.evaluate('document.forms[1].noValidate = true');
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page).getAttribute('aria-invalid')).toBe('true');
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'By keyboard' }).waitFor();
  await page.context().close();
});

it('asks before it acts: opened by Space, closed by Escape with the focus where it was, and confirmed by Enter', async () => {
  await alertChannel();
  const page = await browser.open('/console/alerts');
  const before = await page.locator('summary', { hasText: 'Remove #' }).count();
  const ask = page.locator('summary', { hasText: 'Remove #' }).first();
  await tabTo(page, ask);
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  expect(await focused(page).textContent()).toBe(await ask.textContent());
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('summary', { hasText: 'Remove #' }).count()).toBe(before - 1);
  await page.context().close();
});

it('takes a file', async () => {
  const page = await browser.open('/console/imports/new');
  await tabTo(page, page.getByLabel('File'));
  const chosen = page.waitForEvent('filechooser');
  await page.keyboard.press('Space');
  const buffer = Buffer.from(`email\n${unique()}\n`);
  await (await chosen).setFiles({ name: 'by-keyboard.csv', mimeType: 'text/csv', buffer });
  await tabTo(page, page.getByRole('button', { name: 'Upload' }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'by-keyboard.csv' }).waitFor();
  await page.context().close();
});

it('builds a rule, with the focus staying where the form was drawn again', async () => {
  const page = await browser.open(`/console/campaigns/${campaign}/rules/new`);
  await tabTo(page, page.getByRole('button', { name: 'Add a condition' }).first());
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByLabel('Attribute').count()).toBe(2);
  await expect.poll(() => focused(page).count()).toBe(1);
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.querySelector("main").contains(document.activeElement)')).toBe(true);
  await page.context().close();
});

it('joins by the join page, which has the focus in the field that was refused', async () => {
  const [row] = await app.query<{ slug: string }>('select slug from campaigns where id = $1', [campaign]);
  const page = await browser.browser.newPage();
  await page.goto(`${app.url}/join/${row?.slug}?code=${code}`);
  const { problems, writes } = await tabThrough(page);
  expect(problems).toEqual([]);
  expect(writes).toEqual([`/join/${row?.slug}`]);
  await tabTo(page, page.getByLabel('Your email'));
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page).getAttribute('aria-invalid')).toBe('true');
  await page.keyboard.type(unique());
  await page.keyboard.press('Enter');
  await page.getByLabel('Your link').waitFor();
  await page.close();
});
