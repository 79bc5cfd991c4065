// Reviews and sync checks in the console: duplicates side by side and decided once; differences repaired as chosen.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { type Enrolling, email, enrollingIn, name } from '../support/enrolling.ts';

let app: TestApp;
let desk: Console;
let viewer: Console;
let enrolling: Enrolling;
beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch, overrides: { searchLagMs: 0 } });
  desk = await signIn(app);
  viewer = await signIn(app, app.sandbox.world.admins.all()[1]?.id ?? '');
  enrolling = await enrollingIn(app);
});
afterAll(() => app?.close());

/** A person with the email of contacts of these roles joins a campaign that asks; resolves with the review's page. */
async function asked(address: string, roles: ('lead' | 'user')[]) {
  const contacts: string[] = [];
  for (const role of roles) {
    const made: { id: string } = await intercom(app, 'POST', '/contacts', { role, email: address });
    contacts.push(made.id);
  }
  await settled(app);
  const campaign = await enrolling.campaign({ mapping: [email, name], duplicates: 'review' });
  const member = await enrolling.join(campaign, { email: address, name: '<i>Dana</i>' });
  expect(await enrolling.enrolled(campaign, member)).toMatchObject({ state: 'review' });
  const [review] = await app.query<{ id: string }>('select id from reviews where decided_at is null');
  return { path: `/console/reviews/${review?.id}`, contacts, campaign, member };
}

describe('A possible duplicate', () => {
  it('is shown side by side, and used as a teammate says, once', async () => {
    const { path, contacts, campaign, member } = await asked('dana@example.org', ['lead', 'lead']);
    expect((await desk.get('/console')).text).toContain('One review waits for a decision');
    expect((await desk.get('/console/reviews')).html).toContain(`href="${path}"`);
    const page = await desk.get(path);
    expect(page.html).toContain('&lt;i&gt;Dana&lt;/i&gt;');
    expect(page.html).not.toContain('<i>Dana');
    for (const id of contacts) expect(page.html).toContain(`value="update ${id}"`);
    for (const words of ['External ID', 'Phone', 'Created', 'Last seen', 'Referrals'])
      expect(page.text).toContain(words);
    const [first, second] = contacts;
    const confirm = await desk.get(`${path}/confirm?decision=update+${first}`);
    expect(confirm.text).toContain('The former values are lost.');
    expect(confirm.html).toContain(`name="decision" value="update ${first}"`);
    for (const given of ['update+nobody', 'delete', 'qualify'])
      expect((await desk.get(`${path}/confirm?decision=${given}`)).status).toBe(404);
    expect((await viewer.get(`${path}/confirm?decision=skip`)).status).toBe(403);
    const done = await desk.submit(`${path}/decide`, { decision: `update ${first}` });
    expect(done.text).toContain('Decided.');
    expect(await enrolling.enrolled(campaign, member)).toMatchObject({ state: 'done', contact_id: first });
    expect((await desk.get(path)).text).toContain('by Aoife Brennan');
    const again = await desk.post(`${path}/decide`, { decision: `update ${second}` });
    expect(again.status).toBe(422);
    expect(again.text).toContain('has already decided this');
    expect((await desk.get('/console/reviews?state=decided')).html).toContain(path);
  });

  it('is made a contact of its own when it is none of them', async () => {
    const { path, contacts, campaign, member } = await asked('other@example.org', ['lead']);
    await desk.submit(`${path}/decide`, { decision: 'create' });
    const enrollment = await enrolling.enrolled(campaign, member);
    expect(enrollment.state).toBe('done');
    expect(contacts).not.toContain(enrollment.contact_id);
  });

  it('takes no contact that was not asked about, and no answer that is none', async () => {
    const { path } = await asked('third@example.org', ['lead']);
    const stranger = seededContact('stranger@example.com').id;
    for (const decision of [`update ${stranger}`, 'update', 'delete x', ''])
      expect((await desk.post(`${path}/decide`, { decision })).status, decision).toBe(422);
    expect((await viewer.get(path)).html).not.toContain('name="decision"');
    expect((await viewer.post(`${path}/decide`, { decision: 'skip' })).status).toBe(403);
    await desk.submit(`${path}/decide`, { decision: 'skip' });
    for (const id of [randomUUID(), 'x'])
      expect((await desk.post(`/console/reviews/${id}/decide`, { decision: 'skip' })).status).toBe(404);
  });
});

describe('A sync check', () => {
  /** Asked for and finished; resolves with its page. */
  async function checked(): Promise<string> {
    const answer = await desk.post('/console/sync-checks', { campaign: '' });
    const path = answer.location ?? '';
    await expect.poll(async () => (await desk.get(path)).text).toMatch(/ Done /);
    return path;
  }

  it('says what differs on which side, and fixes what is chosen', async () => {
    const { id } = seededContact('layla.haddad@example.com');
    const path = await checked();
    const { html, text } = await desk.get(path);
    expect(text).toMatch(/\d+ compared, \d+ differences/);
    expect(text).toContain('Started by Aoife Brennan');
    const row = html.split('<tr>').find((one) => one.includes('ليلى حداد')) ?? '';
    expect(row).toContain('Not linked yet');
    expect(row).toContain(id);
    const box = /name="row" value="(\d+)"/.exec(row)?.[1] ?? '';
    const linked = () => app.query(`select contact_id from people where email = 'layla.haddad@example.com'`);
    expect(await linked()).toEqual([{ contact_id: null }]);
    const done = await desk.submit(`${path}/repair`, { row: box });
    expect(done.text).toContain('Fixing 1 difference');
    await expect.poll(linked).toEqual([{ contact_id: id }]);
    const others = await app.query(
      `select 1 from people where contact_id is null and email = 'hugo.meyer@example.com'`,
    );
    expect(others).toHaveLength(1);
    await settled(app);
  }, 40_000);

  it('is filtered by kind, and fixed as a whole after a question', async () => {
    const path = await checked();
    const only = await desk.get(`${path}?kind=missing`);
    expect(only.text).not.toContain('Link to the contact');
    expect((await desk.get(`${path}?kind=x`)).status).toBe(400);
    const question = await desk.get(`${path}/repair`);
    expect(question.text).toMatch(/Fix \d+ differences\?/);
    const done = await desk.submit(`${path}/repair`, { row: 'all' });
    expect(done.text).toMatch(/Fixing \d+ differences/);
    await settled(app);
    expect((await desk.post(`${path}/repair`, {})).status).toBe(422);
    expect((await desk.post(`${path}/repair`, { row: 'x' })).status).toBe(422);
  }, 40_000);

  it('is read by a viewer, and repaired by none', async () => {
    const path = await checked();
    const { status, html } = await viewer.get(path);
    expect(status).toBe(200);
    expect(html).not.toContain('name="row"');
    expect((await viewer.post(`${path}/repair`, { row: 'all' })).status).toBe(403);
    expect((await viewer.post('/console/sync-checks', { campaign: '' })).status).toBe(403);
    expect((await desk.post('/console/sync-checks', { campaign: randomUUID() })).status).toBe(422);
    expect((await desk.get(`/console/sync-checks/${randomUUID()}`)).status).toBe(404);
    expect((await desk.post(`/console/sync-checks/${randomUUID()}/repair`, { row: 'all' })).status).toBe(404);
  });
});

it('A backfill of a segment needs its ID, and one that lacks it is stored nowhere', async () => {
  const campaign = await enrolling.campaign({ mapping: [email] });
  const given = { campaign, group: 'segment', ongoing: '' };
  for (const segment of ['', '  ', '\u200b']) {
    const refused = await desk.post('/console/backfills', { ...given, segment });
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('enter the ID of the segment'),
    ]);
  }
  expect(await app.query('select 1 from backfills')).toEqual([]);
  expect((await desk.get('/console/backfills')).status).toBe(200);
});
