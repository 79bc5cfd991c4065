// People in the console: found, shown with both sides of them, and changed by the card's own rules.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchView } from '../../sandbox/intercom/search/search-view.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled, silence, tell } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let desk: Console;
let viewer: Console;
beforeAll(async () => {
  app = await startTestApp();
  await silence(app);
  desk = await signIn(app);
  viewer = await signIn(app, app.sandbox.world.admins.all()[1]?.id ?? '');
});
afterAll(() => app?.close());

async function personId(email: string): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `select id from people where workspace_id = 'sandbox' and email = $1 order by created_at limit 1`,
    [email],
  );
  if (!row) throw new Error(`Nobody has ${email}.`);
  return row.id;
}

const pageOf = async (email: string, who = desk) => who.get(`/console/people/${await personId(email)}`);
const found = async (query: string) =>
  [...(await desk.get(`/console/people?${query}`)).html.matchAll(/<bdi>([^<]+)<\/bdi><\/a><\/th>/g)].map(
    ([, name]) => name,
  );
const search = (text: string, more = '') => found(`q=${encodeURIComponent(text)}${more}`);

/** Intercom speaks of a contact, which links the person. */
async function link(email: string, role?: 'lead' | 'user'): Promise<string> {
  const { id } = seededContact(email, role);
  const contact = app.sandbox.world.contacts.get(id);
  const item = contactItem({ ...contact, updated_at: new Date().toISOString() });
  await tell(app, notification({ topic: `contact.${contact?.role}.updated`, data: { item } }));
  return id;
}

/** The address of a change of someone's only referral, and a nonce from the page that asks. */
async function asked(email: string, change: string): Promise<{ path: string; nonce: string; text: string }> {
  const shown = await pageOf(email);
  const path = new RegExp(`href="(/console/people/[^"]+/referrals/[^"]+/${change})"`).exec(shown.html)?.[1];
  if (!path) throw new Error(`${email} is not offered ${change}: ${shown.text}`);
  const { html, text } = await desk.get(path);
  return { path, nonce: /name="nonce" value="([^"]+)"/.exec(html)?.[1] ?? '', text };
}

const statusOf = async (email: string) =>
  (
    await app.query<{ status: string }>(
      'select r.status from referrals r join people p on p.id = r.person_id where p.email = $1',
      [email],
    )
  )[0]?.status;

describe('The search', () => {
  it.each([
    ['maya', ['Maya Okafor']],
    ['OKAFOR', ['Maya Okafor']],
    ['oka may', ['Maya Okafor']],
    ['pending.lead@', ['Maya Okafor']],
    ['Pending.Lead@example.com', ['Maya Okafor']],
    ['shop-31', ['Rafael Costa', 'Rita Costa']],
    ['ليلى', ['ليلى حداد']],
    ['Tomás', ['Tomás Herrera']],
    ['tomas', ['Tomás Herrera']],
    ['TOMÁS herr', ['Tomás Herrera']],
    ['aya', []],
    ['%', []],
    ['_', []],
    ["'; drop table people; --", []],
    [`' | 'a:*`, ['Astrid Berg', 'Ben Adler']],
    ['\\', []],
  ])('for %s finds %j', async (text, names) => {
    expect(await search(text)).toEqual(names);
  });

  it.each([
    ['muller', ['Jürgen Müller']],
    ['Mueller', ['Jürgen Müller', 'Nina Mueller']],
    ['MÜLLER', ['Jürgen Müller', 'Nina Mueller']],
    ['jorgen strasse', ['Jørgen Straße']],
    ['łódź', ['Ania Łódź']],
    ['acme-widgets', []],
    ['@acme-widgets', ['Ania Łódź', 'Jürgen Müller']],
    ['acme-widgets.example', ['Ania Łódź', 'Jürgen Müller']],
  ])('by parts of a name in any spelling, or a domain: for %s finds %j', async (text, names) => {
    await app.query(
      `insert into people (id, workspace_id, email, name, created_at) values
       (gen_random_uuid(), 'sandbox', 'jm@acme-widgets.example', 'Jürgen Müller', now()),
       (gen_random_uuid(), 'sandbox', 'nina@mail.example', 'Nina Mueller', now()),
       (gen_random_uuid(), 'sandbox', 'js@mail.example', 'Jørgen Straße', now()),
       (gen_random_uuid(), 'sandbox', 'ania@acme-widgets.example', 'Ania Łódź', now()) on conflict do nothing`,
    );
    expect(await search(text)).toEqual(names);
  });

  it('finds by a share code or link, and by the id of the person, a referral or a referrer', async () => {
    const [referrer] = await app.query<{ id: string; code: string; person_id: string; name: string }>(
      `select r.id, code, person_id, name from referrers r join people p on p.id = r.person_id limit 1`,
    );
    const [referral] = await app.query<{ id: string; name: string }>(
      `select r.id, name from referrals r join people p on p.id = r.person_id where name is not null limit 1`,
    );
    const { id = '', code = '', person_id = '', name } = referrer ?? {};
    for (const text of [code, `${app.url}/r/${code}`, id, person_id])
      expect(await search(text)).toEqual([name]);
    expect(await search(code.slice(1))).toEqual([]);
    expect(await search(referral?.id ?? '')).toEqual([referral?.name]);
  });

  it('finds by the id of the contact, once it is linked', async () => {
    const id = await link('pending.lead@example.com');
    expect(await search(id.slice(0, 20))).toContain('Maya Okafor');
    expect(await search(id.slice(4))).toEqual([]);
    expect(await search(id)).toEqual(['Maya Okafor']);
  });

  it('is narrowed by campaign and status', async () => {
    const [partners] = await app.query<{ id: string }>(`select id from campaigns where name = 'Partners'`);
    expect(await search('rafael.costa', `&campaign=${partners?.id}`)).toEqual(['Rita Costa']);
    expect(await search('rafael.costa', '&status=qualified')).toEqual([]);
    expect(await found('status=disqualified')).toEqual(['Hugo Meyer']);
    expect(await found(`campaign=${partners?.id}&status=qualified`)).toEqual(['Mei Tanaka', 'Ben Adler']);
  });

  it('says that no one is found, in the words that were searched for', async () => {
    const { html } = await desk.get(
      `/console/people?q=${encodeURIComponent('<img src=x onerror=alert(1)>')}`,
    );
    expect(html).toContain('No results for “&lt;img src=x onerror=alert(1)&gt;”');
    expect(html).not.toContain('<img');
  });

  it('refuses what is not a filter', async () => {
    for (const query of [
      'status=x',
      'campaign=x',
      'page=-1',
      'cursor=x',
      'q=%00',
      'q=a&q=b',
      `q=${'x'.repeat(101)}`,
    ])
      expect((await desk.get(`/console/people?${query}`)).status, query).toBe(400);
  });

  it('gives many page by page, and says when there are more than it gives', async () => {
    await app.query(
      `insert into people (id, workspace_id, email, name, created_at)
       select gen_random_uuid(), 'sandbox', 'crowd.' || n || '@example.org', 'Crowd ' || to_char(n, 'fm000'), now()
       from generate_series(1, 260) as n`,
    );
    const first = await desk.get('/console/people?q=crowd');
    expect(first.text).toContain('More people match');
    expect(first.text).toContain('200 of more found');
    const second = await desk.get('/console/people?q=crowd+00&page=0');
    expect(second.text).not.toContain('There are more');
    expect(second.text).toContain('9 found');
    expect(await search('crowd', '&page=1')).toHaveLength(25);
    expect((await desk.get('/console/people?q=crowd&page=8')).status).toBe(404);
    const seen = new Set<string | undefined>();
    let path: string | undefined = '/console/people';
    while (path !== undefined) {
      const { html } = await desk.get(path);
      for (const [, id] of html.matchAll(/<th [^>]*scope="row"[^>]*><a href="\/console\/people\/([^"]+)"/g)) {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
      }
      path = /href="([^"]+)">Older/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    }
    const [all] = await app.query<{ count: string }>(
      `select count(*) from people where workspace_id = 'sandbox'`,
    );
    expect(seen.size).toBe(Number(all?.count));
    await app.query(`delete from people where email like 'crowd.%'`);
  });
});

describe('A person', () => {
  it('is shown with both sides, the history, and what rules decided and why', async () => {
    const id = await link('pending.lead@example.com');
    const { text, html } = await pageOf('pending.lead@example.com');
    for (const words of [
      'Maya Okafor',
      'Spring',
      'Pending',
      'by a share link',
      'Tomás Herrera',
      'Joined the campaign',
    ])
      expect(text).toContain(words);
    expect(text).toMatch(/needs plan to be pro; plan is/);
    expect(text).toMatch(/Linked by external ID or email/);
    expect(html).toContain(`/users/${id}/all-conversations`);
    expect(html).toContain(`/console/run-log?who=`);
  });

  it('who refers others is shown with their link, and the people they referred', async () => {
    const { text, html } = await pageOf('top.referrer@example.com');
    expect(text).toContain('Referrer in Spring');
    const [row] = await app.query<{ code: string }>(
      `select code from referrers f join people p on p.id = f.person_id where p.email = 'top.referrer@example.com'`,
    );
    expect(html).toContain(`${app.url}/r/${row?.code}`);
    expect(text).toMatch(/Referrals 9: 7 pending, 1 qualified, 1 disqualified/);
  });

  it('is no one of another workspace, whatever the id', async () => {
    const id = randomUUID();
    await app.query(
      `insert into people (id, workspace_id, email, name, created_at) values ($1, 'elsewhere', 'x@example.com', 'Xavier', now())`,
      [id],
    );
    for (const path of [id, randomUUID(), 'x', '..%2f..', `${id}/convert`]) {
      const { status, text } = await desk.get(`/console/people/${path}`);
      expect([404]).toContain(status);
      expect(text).not.toContain('Xavier');
    }
    expect((await desk.get('/console/people?q=xavier')).text).toContain('No results for “xavier”');
    const other = await desk.post(`/console/people/${id}/referrals/${randomUUID()}/qualify`, {
      nonce: randomUUID(),
    });
    expect(other.status).toBe(404);
  });

  it('has a name that is never more than a name', async () => {
    const name = '"><script>alert(1)</script>\u202e';
    await app.query(`update people set name = $1 where email = 'sam.whitaker@example.com'`, [name]);
    const { html } = await pageOf('sam.whitaker@example.com');
    const list = (await desk.get('/console/people')).html;
    await app.query(`update people set name = 'Sam Whitaker' where email = 'sam.whitaker@example.com'`);
    for (const page of [html, list]) {
      expect(page).not.toContain('<script>alert');
      expect(page).toContain('<bdi>&quot;&gt;&lt;script&gt;');
    }
  });
});

describe('A viewer', () => {
  it('sees the people and no way to change them', async () => {
    const { status, html } = await pageOf('layla.haddad@example.com', viewer);
    expect(status).toBe(200);
    expect(html).not.toContain('/qualify"');
    expect(html).not.toContain('/convert"');
  });

  it('may not change them either', async () => {
    const { path, nonce } = await asked('layla.haddad@example.com', 'qualify');
    expect((await viewer.get(path)).status).toBe(403);
    expect((await viewer.post(path, { nonce })).status).toBe(403);
    const convert = `/console/people/${await personId('layla.haddad@example.com')}/convert`;
    expect((await viewer.get(convert)).status).toBe(403);
    expect((await viewer.post(convert, { component_id: 'start-conversion' })).status).toBe(403);
    expect(await statusOf('layla.haddad@example.com')).toBe('pending');
  });
});

describe('An administrator', () => {
  const layla = 'layla.haddad@example.com';

  it('qualifies a referral, and the history says who did it', async () => {
    const { path, nonce, text } = await asked(layla, 'qualify');
    expect(text).toContain('its reward becomes due');
    expect(await statusOf(layla)).toBe('pending');
    const shown = await desk.submit(path, { nonce, reason: 'Paid by invoice' });
    expect(shown.text).toContain('Qualified.');
    expect(shown.text).toMatch(/Pending to qualified Aoife Brennan Teammate Paid by invoice/);
    expect(shown.text).toContain('Due: 10 EUR credit');
  });

  it('changes it once, however often the form is sent', async () => {
    const { path, nonce } = await asked(layla, 'reopen');
    const answers = await Promise.all([desk.post(path, { nonce }), desk.post(path, { nonce })]);
    expect(answers.map((one) => one.status)).toEqual([303, 303]);
    expect((await desk.post(path, { nonce })).status).toBe(303);
    const [row] = await app.query<{ count: string }>(
      `select count(*) from referral_history h join referrals r on r.id = h.referral_id
       join people p on p.id = r.person_id where p.email = $1 and h.what = 'status' and h.to = 'pending'
       and h.from = 'qualified'`,
      [layla],
    );
    expect(row?.count).toBe('1');
  });

  it('says why they disqualify', async () => {
    const { path, nonce } = await asked(layla, 'disqualify');
    const refused = await desk.post(path, { nonce, reason: '  ' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Enter a reason. It is kept in the history.');
    expect(await statusOf(layla)).toBe('pending');
    const shown = await desk.submit(path, { nonce, reason: 'An employee' });
    expect(shown.text).toMatch(/Pending to disqualified Aoife Brennan Teammate An employee/);
  });

  it('is told when the status has changed meanwhile', async () => {
    const { path, nonce } = await asked(layla, 'reopen');
    await app.query(
      `update referrals set status = 'pending' where person_id = (select id from people where email = $1)`,
      [layla],
    );
    const answer = await desk.post(path, { nonce });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('The status has changed since. Nothing was changed.');
  });

  it('has the same cap as the card, and counts with it', async () => {
    const change = (settings: object) =>
      app.query(
        `insert into settings (workspace_id, settings, updated_at) values ('sandbox', $1, now())
         on conflict (workspace_id) do update set settings = excluded.settings`,
        [JSON.stringify(settings)],
      );
    const [today] = await app.query<{ used: number }>(
      `select count(*)::int as used from runs where deduplication_key like 'card:%'`,
    );
    const { path, nonce } = await asked(layla, 'qualify');
    await change({ card_actions: { daily_cap: (today?.used ?? 0) + 1 } });
    const card = await openCard(app, { email: 'qualified.user@example.com' });
    const done = await (await (await card.press('More')).press('Back to pending')).press('Back to pending');
    expect(done.text).toContain('✅ Back to pending');
    expect((await desk.get(path)).text).toMatch(/The daily limit of \d+ changes is reached/);
    const answer = await desk.post(path, { nonce });
    expect(answer.status).toBe(422);
    expect(answer.text).toMatch(/The daily limit of \d+ changes is reached/);
    await change({ card_actions: { qualify: false } });
    expect((await pageOf(layla)).html).not.toContain('/qualify"');
    expect((await desk.post(path, { nonce })).text).toContain('This is switched off in your workspace.');
    await change({});
    expect(await statusOf(layla)).toBe('pending');
  });
});

describe('A lead', () => {
  const press = (html: string, label: string) => {
    const button = new RegExp(`name="component_id" value="([^"]+)"[^>]*>${label}<`).exec(html);
    if (!button?.[1]) throw new Error(`There is no button ${label} on ${html}`);
    return button[1].replaceAll('&amp;', '&');
  };

  it('becomes a user, after a look at what would happen', async () => {
    const id = await link('pending.lead@example.com');
    const path = `/console/people/${await personId('pending.lead@example.com')}/convert`;
    const preview = await desk.get(path);
    expect(preview.text).toContain('This cannot be undone.');
    expect(app.sandbox.world.contacts.get(id)?.role).toBe('lead');
    const refused = await desk.post(path, {
      component_id: press(preview.html, 'Confirm'),
      external_id: 'x'.repeat(300),
    });
    expect(refused.html).toContain('aria-invalid="true"');
    const done = await desk.post(path, {
      component_id: press(refused.html, 'Confirm'),
      external_id: 'customer-7',
    });
    expect(done.text).toContain('is now a user');
    expect(app.sandbox.world.contacts.get(id)).toMatchObject({ role: 'user', external_id: 'customer-7' });
    const back = await desk.post(path, { component_id: press(done.html, 'Done') });
    expect(back.location).toBe(path.replace('/convert', ''));
    const shown = await desk.get(back.location ?? '');
    expect(shown.text).toMatch(/Converted from lead to user Aoife Brennan/);
    await settled(app);
  });

  it('is merged into the user that there is', async () => {
    const id = await link('twin@example.com', 'lead');
    const path = `/console/people/${await personId('twin@example.com')}/convert`;
    const preview = await desk.get(path);
    expect(preview.text).toContain('Lead (deleted)');
    const done = await desk.post(path, { component_id: press(preview.html, 'Merge into existing user') });
    expect(done.text).toContain('was merged into the existing user');
    expect(app.sandbox.world.contacts.get(id)?.merged_into).toBe(
      seededContact('twin@example.com', 'user').id,
    );
    await settled(app);
  });

  it('is looked for by the email when nothing else is known in Intercom', async () => {
    const { html } = await pageOf('greta.holm@example.com');
    expect(html).toContain('/convert"');
    const preview = await desk.get(/href="([^"]+\/convert)"/.exec(html)?.[1] ?? '');
    expect(preview.text).toContain('This cannot be undone.');
    expect(preview.text).toContain('1 referral stays with them.');
  });

  it('is not guessed where Intercom has none, or several', async () => {
    const path = async (email: string) => `/console/people/${await personId(email)}/convert`;
    const none = await desk.get(await path('ben.adler@example.com'));
    expect(none.status).toBe(409);
    expect(none.text).toContain('Intercom has no lead with this email.');
    for (const role of ['lead', 'lead'])
      await intercom(app, 'POST', '/contacts', { role, email: 'sam.whitaker@example.com' });
    searchView(app.sandbox.world).catchUp();
    const several = await desk.get(await path('sam.whitaker@example.com'));
    expect(several.status).toBe(409);
    expect(several.text).toContain('Intercom has several leads with this email.');
  });

  it('gets no other button of the card by this form', async () => {
    await link('hugo.meyer@example.com').catch(() => {});
    const id = await personId('pending.lead@example.com');
    const [referral] = await app.query<{ id: string; status: string }>(
      'select id, status from referrals where person_id = $1',
      [id],
    );
    const answer = await desk.post(`/console/people/${id}/convert`, {
      component_id: `confirm-status:${referral?.id}:qualify:${randomUUID()}`,
    });
    expect(answer.location).toBe(`/console/people/${id}`);
    expect(await app.query('select id, status from referrals where person_id = $1', [id])).toEqual([
      referral,
    ]);
  });
});
