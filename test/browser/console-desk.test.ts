// Home, people, runs and deliveries in a browser: usable by everyone, current while they are looked at, fixed by a click.
// With PICTURES set to a folder it also takes the pictures that the documents show.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import {
  type ConsoleBrowser,
  lookAtEach,
  picture,
  pictures,
  problemsOf,
  show,
  startConsoleBrowser,
} from '../support/browser/console-browser.ts';
import { tabTo } from '../support/browser/keyboard.ts';
import { intercom, settled } from '../support/changes.ts';
import { email, enrollingIn, name } from '../support/enrolling.ts';

let desk: ConsoleBrowser;
beforeAll(async () => {
  desk = await startConsoleBrowser({ overrides: { searchLagMs: 0 } });
});
afterAll(() => desk?.close());

const setPlan = (email: string, plan: string) =>
  intercom(desk.app, 'PUT', `/contacts/${seededContact(email).id}`, { custom_attributes: { plan } });

async function somebody(email: string): Promise<string> {
  const [row] = await desk.app.query<{ id: string }>('select id from people where email = $1', [email]);
  return `/console/people/${row?.id}`;
}

/** Uploads a file by the form, starts it, and resolves with its address once it is done. */
async function uploaded(text: string): Promise<string> {
  const page = await desk.open('/console/imports/new');
  const buffer = Buffer.from(text);
  await page.getByLabel('File').setInputFiles({ name: 'new.csv', mimeType: 'text/csv', buffer });
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByRole('button', { name: 'Start: 2 rows' }).click();
  // Without a reload.
  await page.getByText('3 of 3 rows').waitFor();
  await page.getByText('Done', { exact: true }).waitFor();
  const { pathname } = new URL(page.url());
  await page.context().close();
  return pathname;
}

/** Starts a sync check, and resolves with its address once it is done. */
async function compared(): Promise<string> {
  const page = await desk.open('/console/sync-checks');
  await page.getByRole('button', { name: 'Compare now' }).click();
  await page.getByText('Done', { exact: true }).waitFor();
  const { pathname } = new URL(page.url());
  await page.context().close();
  return pathname;
}

/** Has who could be brought over counted, and resolves with the address where that waits to be confirmed. */
async function counted(): Promise<string> {
  const page = await desk.open('/console/backfills/new');
  await page.getByLabel('Campaign').selectOption({ label: 'Spring' });
  await page.getByLabel('Who', { exact: true }).selectOption({ label: 'All users in Intercom' });
  await page.getByRole('button', { name: 'Count people' }).click();
  await page.getByRole('button', { name: 'Confirm' }).waitFor();
  const { pathname } = new URL(page.url());
  await page.context().close();
  return pathname;
}

/** A person joins who may have a contact in Intercom; resolves with the address where that is asked. */
async function askedAbout(address: string): Promise<string> {
  const enrolling = await enrollingIn(desk.app);
  const [partners] = await desk.app.query<{ id: string }>(`select id from campaigns where name = 'Partners'`);
  const id = partners?.id ?? '';
  await enrolling.change(id, { leads: { mapping: [email, name], duplicates: 'review' } });
  await enrolling.enrolled(id, await enrolling.join(id, { email: address, name: 'Inês Duarte' }));
  const [review] = await desk.app.query<{ id: string }>('select id from reviews limit 1');
  return `/console/reviews/${review?.id}`;
}

it('shows a run while one looks, and a failed one is done by a click', async () => {
  const { app } = desk;
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status: 400,
    message: 'the tag is locked',
    match: { pattern: '/tags$' },
    times: 'always',
  });
  const page = await desk.open('/console/run-log');
  await page.getByText('No runs yet').waitFor();
  await app.query(
    `insert into settings (workspace_id, settings, updated_at) values ('sandbox', '{"attempts":{"tag":1}}', now())
     on conflict (workspace_id) do update set settings = excluded.settings`,
  );
  await setPlan('pending.lead@example.com', 'pro');
  // Without a reload.
  const failed = page.getByRole('row').filter({ hasText: 'Tag with Referred' }).filter({ hasText: 'Failed' });
  await failed.first().waitFor();
  await picture(page, 'console-run-log');
  await page.goto(`${app.url}/console`);
  await page.getByText('Needs fixing').first().waitFor();
  await picture(page, 'console-trouble', {}, 700);
  await page.getByRole('link', { name: 'View failed runs' }).click();
  await page.getByRole('link', { name: 'Tag with Referred' }).first().click();
  await page.getByText('the tag is locked').first().waitFor();
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  // It lasts longer than the page needs to be drawn, so that the run waits there, under a pointer that stays where it pressed.
  await app.misbehave('/faults', { on: 'api', kind: 'slow', ms: 4_000, match: { pattern: '/tags$' } });
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.getByText('Retry scheduled').waitFor();
  await page.getByRole('button', { name: 'Try now' }).hover();
  await expect.poll(() => page.locator('#run').innerText()).toContain('Done');
  await picture(page, 'console-run');
  await page.context().close();
});

it('has pages that axe finds nothing serious on, on any screen', async () => {
  await setPlan('two.campaigns@example.com', 'free');
  await settled(desk.app);
  const [run] = await desk.app.query<{ id: string }>('select id from runs order by seq desc limit 1');
  const [delivery] = await desk.app.query<{ id: string }>(
    'select id from deliveries order by id desc limit 1',
  );
  const maya = await somebody('pending.lead@example.com');
  const twoCampaigns = await somebody('two.campaigns@example.com');
  const [referral] = await desk.app.query<{ id: string }>(
    `select r.id from referrals r join people p on p.id = r.person_id where p.email = 'two.campaigns@example.com'`,
  );
  const contactImport = await uploaded(
    'email,name,role\none@example.org,Ann,lead\nnobody,Ben,lead\ntwo@example.org,Cat,user\n',
  );
  const syncCheck = await compared();
  const backfill = await counted();
  const review = await askedAbout('stranger@example.com');
  const pages: [path: string, picture?: string][] = [
    ['/console', 'console-home'],
    ['/console/people', 'console-people'],
    ['/console/people/referrals?status=qualified'],
    ['/console/people/referrers?range=90'],
    ['/console/people?q=nobody'],
    [maya, 'console-person'],
    [twoCampaigns],
    [`${twoCampaigns}/referrals/${referral?.id}/disqualify`],
    [`${maya}/convert`],
    ['/console/run-log?state=done'],
    [`/console/run-log/${run?.id}`],
    ['/console/run-log/retry'],
    ['/console/run-log/deliveries', 'console-deliveries'],
    [`/console/run-log/deliveries/${delivery?.id}`, 'console-delivery'],
    ['/console/imports'],
    ['/console/imports/new', 'console-upload'],
    [contactImport, 'console-import'],
    ['/console/backfills'],
    ['/console/backfills/new'],
    [backfill, 'console-backfill'],
    ['/console/reviews'],
    [review, 'console-review'],
    ['/console/sync-checks'],
    [syncCheck, 'console-sync-check'],
    [`${syncCheck}/repair`],
  ];
  const named = new Set(pages.map(([path]) => path));
  const others = consoleTable.filter(
    ({ method, path }) => method === 'get' && !/:|export|\/retry$|\/send$|\/confirm$/.test(path),
  );
  const unpictured = others
    .map(({ path }): [string] => [`/console${path}`])
    .filter(([path]) => !named.has(path));
  // What is not there, what may not be asked, and what anyone sees.
  const [spring] = await desk.app.query<{ slug: string }>(`select slug from campaigns where name = 'Spring'`);
  unpictured.push(['/console/nowhere'], ['/console/people?status=x'], [`/join/${spring?.slug}`]);
  // For pictures the browser goes to each page, and would complain of refused ones.
  if (!process.env.PICTURES) pages.push(...unpictured);
  const page = await desk.open('/console', { bypassCSP: true });
  await lookAtEach(page, pages, async (at, [path, name]) => {
    const markup = await show(at, desk.app.url + path);
    if (name !== undefined) await pictures(at, name);
    await at.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    expect(await at.locator('h1').count(), path).toBe(1);
    expect(await problemsOf(at, markup), path).toEqual([]);
  });
  await page.context().close();
  expect(desk.complaints).toEqual([]);
});

it('shows what a repair did to each row, and says its end, while one looks at the check', async () => {
  const path = await compared();
  const id = path.split('/').at(-1);
  const [row] = await desk.app.query<{ id: string }>(
    "select id from sync_check_rows where sync_check_id = $1 and repair <> 'none' order by id limit 1",
    [id],
  );
  await desk.app.query("update sync_checks set state = 'repairing' where id = $1", [id]);
  const page = await desk.open(path);
  await page.getByText('Fixing', { exact: true }).waitFor();
  await desk.app.query("update sync_check_rows set state = 'planned' where id = $1", [row?.id]);
  await desk.app.query("update sync_checks set state = 'done' where id = $1", [id]);
  // Without a reload.
  await page.getByRole('cell', { name: 'In the run log' }).waitFor();
  await expect.poll(() => page.locator('#live').textContent()).toContain(': Done');
  await expect.poll(() => page.locator('[data-live]').count()).toBe(0);
  await page.context().close();
});

it('shows the status of each row first on a phone, whole emails, and the chart from its last day', async () => {
  const page = await desk.open('/console/people', { viewport: { width: 390, height: 844 } });
  const [first] = await page.locator('.by-status tbody tr:has(.badge)').all();
  const tops = await first?.evaluate((shown) =>
    [...shown.children]
      .filter((cell) => cell.getBoundingClientRect().height > 0)
      .map((cell) => [cell.querySelector('.badge') !== null, cell.getBoundingClientRect().top]),
  );
  const topmost = (tops ?? []).toSorted(([, left], [, right]) => Number(left) - Number(right))[0];
  expect(topmost?.[0]).toBe(true);
  const labels = await first?.evaluate((shown) =>
    [...shown.children].map((cell) => cell.getAttribute('data-label')),
  );
  expect(labels).toContain('Added');
  const wide = await page.evaluate(
    '[...document.querySelectorAll(".by-status")].some((table) => table.scrollWidth > table.parentElement.clientWidth)',
  );
  expect(wide).toBe(false);
  await page.goto(`${desk.app.url}/console`);
  const chart = page.locator('.chart .from-end');
  const [overflows, gap] = await chart.evaluate((scroll) => {
    const ends = [...scroll.querySelectorAll('svg .hit')].map((bar) => bar.getBoundingClientRect().right);
    return [
      scroll.scrollWidth > scroll.clientWidth,
      Math.max(...ends) - scroll.getBoundingClientRect().right,
    ] as const;
  });
  expect(overflows).toBe(true);
  expect(gap).toBeLessThanOrEqual(1);
  await page.context().close();
});

it('lets someone be found, and disqualified, without any script', async () => {
  const page = await desk.open('/console/people', { javaScriptEnabled: false });
  await page.getByLabel('Search').fill('sam whit');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('link', { name: 'Sam Whitaker' }).click();
  await page.getByRole('link', { name: 'Disqualify' }).click();
  await page.getByLabel('Reason').fill('Refers himself');
  await page.getByRole('button', { name: 'Disqualify' }).click();
  await page.getByText('Refers himself').first().waitFor();
  await page.context().close();
});

it('lets a lead be converted with the keyboard alone', async () => {
  await intercom(desk.app, 'PUT', `/contacts/${seededContact('twin@example.com', 'lead').id}`, {
    name: 'Jon Bell',
  });
  await settled(desk.app);
  const page = await desk.open(await somebody('twin@example.com'));
  await page.getByRole('link', { name: 'Convert to user' }).focus();
  await page.keyboard.press('Enter');
  // A rule asks for the plan, and the two disagree.
  await tabTo(page, page.getByLabel('plan'));
  await page.keyboard.press('ArrowDown');
  expect(await page.locator('option:checked').allTextContents()).toContain('team (lead)');
  await tabTo(page, page.getByRole('button', { name: 'Merge into existing user' }));
  await picture(page, 'console-convert');
  await page.keyboard.press('Enter');
  await page.getByText('was merged into the existing user').waitFor();
  await settled(desk.app);
  const merged = await intercom(desk.app, 'GET', `/contacts/${seededContact('twin@example.com', 'user').id}`);
  expect(merged).toMatchObject({ custom_attributes: { plan: 'team' } });
  await page.getByRole('button', { name: 'Done' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Converted from lead to user').first().waitFor();
  await page.context().close();
});
