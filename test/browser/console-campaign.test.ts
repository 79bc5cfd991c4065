// Campaigns, rules and Connect in a real browser: usable by everyone, with and without a script; from mapping to published.
// With PICTURES set to a folder it also takes the pictures that the documents show.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ConsoleBrowser,
  lookAtEach,
  picture,
  pictures,
  problemsOf,
  show,
  startConsoleBrowser,
} from '../support/browser/console-browser.ts';

let desk: ConsoleBrowser;
let spring: string;
let rule: string;
beforeAll(async () => {
  desk = await startConsoleBrowser();
  const [found] = await desk.app.query<{ campaign: string; rule: string }>(
    `select c.id as campaign, r.id as rule from campaigns c join rules r on r.campaign_id = c.id
      where c.name = 'Spring'`,
  );
  spring = `/console/campaigns/${found?.campaign}`;
  rule = `${spring}/rules/${found?.rule}`;
});
afterAll(() => desk?.close());

it('plays it: map, write a rule, try it, publish, and find it in effect', async () => {
  const page = await desk.open(`${spring}/leads`);
  await page.getByRole('button', { name: 'Add a field', exact: true }).click();
  await page.getByRole('group', { name: 'Row 2' }).getByLabel('From').selectOption('person.name');
  await page.getByRole('group', { name: 'Row 2' }).getByLabel('To (Intercom)').selectOption('name');
  await page.getByLabel('update it and mark it as referred').check();
  await picture(page, 'console-mapping', {}, 1500);
  await page.getByRole('button', { name: 'Save draft', exact: true }).click();
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  await page.getByText('Creates a lead with these fields').waitFor();

  await page.getByRole('link', { name: 'Qualification rules' }).click();
  await page.getByRole('link', { name: 'New rule' }).click();
  await page.getByLabel('Name', { exact: true }).fill('A whole team');
  await page.getByLabel('Attribute').selectOption('custom_attributes.seats');
  await page.getByLabel('Condition', { exact: true }).selectOption('at_least');
  await page.getByLabel('Value', { exact: true }).fill('3');
  await page.getByLabel('Match').selectOption('any');
  await page.getByRole('button', { name: 'Add a group' }).click();
  const group = page.getByRole('group', { name: 'Group of conditions' });
  await group.getByLabel('Attribute').selectOption('tags');
  await group.getByLabel('Condition', { exact: true }).selectOption('is_one_of');
  await group.getByLabel('VIP').check();
  await picture(page, 'console-rule');
  await page.getByRole('button', { name: 'Save draft and try' }).click();
  await page.getByRole('heading', { name: 'Results by person' }).waitFor();
  await picture(page, 'console-dry-run');

  await page.getByRole('link', { name: 'Review and publish' }).click();
  await page.getByText('Adds “A whole team”. Needs seats to be at least 3 or tags to be VIP.').waitFor();
  await picture(page, 'console-publish');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Version 2 is in effect.').waitFor();
  await page.getByText('A whole team').waitFor();
  expect(desk.complaints).toEqual([]);
  await page.context().close();
});

it('keeps what is entered while the server draws the form again', async () => {
  const page = await desk.open(`${spring}/rules/new`);
  const server = Promise.withResolvers<void>();
  let asked = 0;
  await page.route('**/rules/**', async (route) => {
    asked += 1;
    await server.promise;
    await route.continue();
  });
  await page.getByLabel('Attribute').selectOption('custom_attributes.seats');
  await expect.poll(() => asked).toBe(1);
  await page.getByLabel('Name', { exact: true }).fill('Meanwhile');
  await page.getByLabel('Match').selectOption('any');
  await page.getByRole('button', { name: 'Add a group' }).click();
  server.resolve();
  await page.getByRole('group', { name: 'Group of conditions' }).waitFor();
  expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Meanwhile');
  expect(await page.getByLabel('Match').first().inputValue()).toBe('any');
  expect(await page.getByLabel('Attribute').first().inputValue()).toBe('custom_attributes.seats');
  await page.context().close();
});

it('draws conditions and rows again in their place, and says so without a script, too', async () => {
  const page = await desk.open(`${spring}/rules/new`, { javaScriptEnabled: false });
  await page.getByLabel('Name', { exact: true }).fill('No script');
  await page.getByLabel('Attribute').selectOption('custom_attributes.plan');
  await page.getByRole('button', { name: 'Show conditions' }).click();
  await page.getByLabel('Condition', { exact: true }).selectOption('changed_to');
  await page.getByRole('button', { name: 'Show conditions' }).click();
  await page.getByLabel('team').first().check();
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByRole('button', { name: 'Remove the empty condition' }).click();
  expect(await page.getByLabel('team').first().isChecked()).toBe(true);
  await page.getByLabel('Name', { exact: true }).press('Enter');
  await page.getByText('Needs plan to change to team').waitFor();
  await page.goto(`${desk.app.url}${spring}/referrers`);
  await page.getByRole('button', { name: 'Add a fixed value' }).click();
  await page.getByRole('button', { name: 'Remove row 1' }).click();
  await page.getByLabel('Fixed value', { exact: true }).waitFor();
  await page.goto(`${desk.app.url}${spring}/publish`);
  await page.getByText('Discard draft…').click();
  await page.getByText('They cannot be restored').waitFor();
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await page.context().close();
});

it('has pages that axe finds nothing serious on, on a desktop, in the dark, and on a phone', async () => {
  const page = await desk.open('/console/campaigns', { bypassCSP: true });
  const pages: [path: string, picture?: string][] = [
    ['/console/campaigns', 'console-campaigns'],
    ['/console/campaigns/new'],
    [spring, 'console-campaign'],
    [`${spring}/leads?preview=example`],
    [`${spring}/referrers`],
    [`${spring}/rules`, 'console-rules'],
    [`${spring}/rules/new`],
    [`${spring}/settings`, 'console-campaign-settings'],
    [`${spring}/versions`, 'console-versions'],
    [`${spring}/versions/1`],
    [rule],
    [`${rule}/try`],
    [`${rule}/apply`, 'console-apply'],
    ['/console/connect', 'console-connect'],
    ['/console/settings', 'console-settings'],
  ];
  await lookAtEach(page, pages, async (at, [path, name]) => {
    const markup = await show(at, desk.app.url + path);
    if (name !== undefined) await pictures(at, name);
    expect(await at.locator('h1').count(), path).toBe(1);
    expect(await problemsOf(at, markup), path).toEqual([]);
  });
  await page.goto(`${desk.app.url}${spring}/rules/new`);
  await page.getByLabel('Attribute').selectOption('tags');
  await page.getByLabel('Condition', { exact: true }).selectOption('is_one_of');
  await page.getByLabel('VIP').waitFor();
  await page.getByRole('button', { name: 'Add a group' }).click();
  await page.getByRole('button', { name: 'Save draft', exact: true }).click();
  await page.getByText('Fix the fields below').waitFor();
  expect(await problemsOf(page), 'a refused rule').toEqual([]);
  await page.context().close();
});
