// What Intercom is told of a referral: attributes, tag and event, once for each change, and never in a circle.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { install } from '../../sandbox/browser.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { resumeRuns } from '../../src/usecases/runs/outages.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { silence } from '../support/changes.ts';
import { retryAtOnce } from '../support/retry.ts';

let app: TestApp;
let token: string;
beforeAll(async () => {
  app = await startTestApp();
  token = await app.apiToken();
});
afterAll(() => app?.close());

const contact = (email: string, role?: 'lead' | 'user') => {
  const found = app.sandbox.world.contacts.get(seededContact(email, role).id);
  if (!found) throw new Error(`no contact ${email}`);
  return found;
};
const attributesOf = (email: string, role?: 'lead' | 'user') => contact(email, role).custom_attributes;
const tagsOf = (email: string) => contact(email).tag_ids.map((id) => app.sandbox.world.tags.get(id)?.name);
const eventsOf = (email: string) =>
  app.sandbox.world.dataEvents.all().filter((one) => one.contact_id === contact(email).id);

async function api(path: string, body: object, method = 'POST') {
  const answer = await fetch(`${app.url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return answer.json() as Promise<{ id: string }>;
}

/** The referral of a person with a linked contact, as any notification about them links it. */
async function linked(email: string, role?: 'lead' | 'user'): Promise<string> {
  await intercom('PUT', `/contacts/${seededContact(email, role).id}`, { name: `${email} again` });
  await expect
    .poll(() => app.query('select 1 from people where email = $1 and contact_id is not null', [email]))
    .toHaveLength(1);
  const [row] = await app.query<{ id: string }>(
    'select r.id from referrals r join people p on p.id = r.person_id where p.email = $1',
    [email],
  );
  return row?.id ?? '';
}

async function intercom(method: string, path: string, body?: object) {
  const answer = await fetch(app.sandbox.url + path, {
    method,
    headers: { Authorization: 'Bearer sandbox-access-token', 'Content-Type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(answer.status).toBeLessThan(300);
  return answer.json() as Promise<unknown>;
}

const quiet = async () => {
  const state = () =>
    app.query(
      "select (select count(*) from runs where state = 'waiting') as runs, (select count(*) from deliveries where state = 'received') as deliveries",
    );
  await expect.poll(state).toEqual([{ runs: '0', deliveries: '0' }]);
};

test('our data attributes are made at the install, for contacts, and closed to the Messenger', async () => {
  await install(app.url);
  const own = () =>
    app.sandbox.world.dataAttributes
      .all()
      .map((one) => [one.name, one.model, one.data_type, one.messenger_writable]);
  await expect.poll(own).toEqual(
    expect.arrayContaining([
      ['referral_status', 'contact', 'string', false],
      ['referral_count', 'contact', 'integer', false],
      ['referral_qualified_at', 'contact', 'date', false],
    ]),
  );
});

test('a referred contact carries status, campaign, referrer and tag; once qualified the date and the event too', async () => {
  const id = await linked('pending.lead@example.com');
  await expect
    .poll(() => attributesOf('pending.lead@example.com'))
    .toMatchObject({
      referral_status: 'Pending',
      referral_campaign: 'Spring',
      referral_referrer_name: 'Tomás Herrera',
      referral_referrer_email: 'top.referrer@example.com',
    });
  await expect.poll(() => tagsOf('pending.lead@example.com')).toContain('Referred');
  expect(eventsOf('pending.lead@example.com')).toEqual([]);

  await api(`/referrals/${id}/qualify`, { reason: 'Paid' });
  await expect.poll(() => attributesOf('pending.lead@example.com').referral_status).toBe('Qualified');
  expect(attributesOf('pending.lead@example.com').referral_qualified_at).toBeGreaterThan(1_700_000_000);
  await expect
    .poll(() => eventsOf('pending.lead@example.com'))
    .toMatchObject([
      { event_name: 'referral-qualified', metadata: { campaign: 'Spring', referrer: 'Tomás Herrera' } },
    ]);
});

test('the referrer carries their link and counts, which follow every change', async () => {
  await quiet();
  const { referral_count: before } = attributesOf('top.referrer@example.com');
  expect(attributesOf('top.referrer@example.com').referral_link).toContain(`${app.url}/r/`);
  const [referrer] = await app.query<{ code: string }>(
    "select code from referrers r join people p on p.id = r.person_id where p.email = 'top.referrer@example.com'",
  );
  await api('/referrals', {
    code: referrer?.code,
    person: { email: 'one.more@example.com', name: 'One More' },
  });
  await expect.poll(() => attributesOf('top.referrer@example.com').referral_count).toBe(Number(before) + 1);
});

test('what we write comes back as a notification and leads to nothing more', async () => {
  await linked('layla.haddad@example.com');
  await quiet();
  const counts = () =>
    app.query<Record<string, string>>(
      'select (select count(*) from runs) as runs, (select count(*) from decisions) as decisions',
    );
  const [before] = await counts();
  const received = async () =>
    Number((await app.query<{ n: string }>('select count(*) as n from deliveries'))[0]?.n);
  const had = await received();
  // Only a write that changes something is told: as if ours were still to come, and then came.
  const layla = contact('layla.haddad@example.com');
  expect(layla.custom_attributes.referral_status).toBe('Pending');
  const withoutStatus = { ...layla.custom_attributes, referral_status: null };
  app.sandbox.world.contacts.put({ ...layla, custom_attributes: withoutStatus });
  await intercom('PUT', `/contacts/${layla.id}`, { custom_attributes: { referral_status: 'Pending' } });
  await expect.poll(received).toBeGreaterThan(had);
  await quiet();
  expect(await counts()).toEqual([before]);
});

test('the same state is not written twice, and a status that returns is written again', async () => {
  const id = await linked('greta.holm@example.com', 'lead');
  await quiet();
  const status = () => attributesOf('greta.holm@example.com', 'lead').referral_status;
  await expect.poll(status).toBe('Pending');
  await api(`/referrals/${id}/disqualify`, { reason: 'Returned' });
  await expect.poll(status).toBe('Disqualified');
  await api(`/referrals/${id}/reopen`, {});
  await expect.poll(status).toBe('Pending');
  expect(attributesOf('greta.holm@example.com', 'lead').referral_qualified_at ?? null).toBeNull();
});

test('attributes that someone archived or deleted are made again and written', async () => {
  await quiet();
  for (const one of app.sandbox.world.dataAttributes.all()) {
    if (one.name.startsWith('referral_') && one.custom && one.name !== 'referral_code')
      app.sandbox.world.dataAttributes.remove(one.id);
  }
  const id = await linked('zoe.kallio@example.com');
  await api(`/referrals/${id}/qualify`, {});
  await expect.poll(() => attributesOf('zoe.kallio@example.com').referral_status).toBe('Qualified');
});

test('what happens while a contact is archived is not taken as written, and is written when it is back', async () => {
  const email = 'layla.haddad@example.com';
  await quiet();
  const id = await linked(email);
  const { id: contactId } = seededContact(email);
  await intercom('POST', `/contacts/${contactId}/archive`);
  await quiet();
  await api(`/referrals/${id}/qualify`, {});
  await quiet();
  expect(attributesOf(email).referral_status).not.toBe('Qualified');
  const failed = () =>
    app.query(
      "select kind from runs where contact_id = $1 and state = 'failed' and error like '%archived%'",
      [contactId],
    );
  await expect.poll(failed).toEqual(expect.arrayContaining([{ kind: 'write-back' }, { kind: 'event' }]));
  await intercom('POST', `/contacts/${contactId}/unarchive`);
  await expect.poll(() => attributesOf(email).referral_status).toBe('Qualified');
  await expect.poll(() => eventsOf(email)).toHaveLength(1);
  expect(tagsOf(email)).toContain('Referred');
  await expect.poll(failed).toEqual([]);
});

test('a contact that Intercom does not show for a moment is written all the same', async () => {
  const email = 'layla.haddad@example.com';
  const id = await linked(email);
  await quiet();
  expect(attributesOf(email).referral_status).toBe('Qualified');
  const path = `/contacts/${seededContact(email).id}`;
  await app.misbehave('/faults', { on: 'api', kind: 'status', status: 404, match: { method: 'PUT', path } });
  const stopRetrying = retryAtOnce(app);
  await api(`/referrals/${id}/reopen`, {});
  await expect.poll(() => attributesOf(email).referral_status).toBe('Pending');
  await stopRetrying();
});

test('tag and event can be switched off', async () => {
  await app.query(
    `insert into settings (workspace_id, settings, updated_at) values ('sandbox', $1, now())
     on conflict (workspace_id) do update set settings = excluded.settings`,
    [JSON.stringify({ write_back: { tag: false, event: false } })],
  );
  const id = await linked('twin@example.com', 'lead').catch(() => '');
  await api(`/referrals/${id}/qualify`, {});
  await expect.poll(() => attributesOf('twin@example.com', 'lead').referral_status).toBe('Qualified');
  await quiet();
  const lead = contact('twin@example.com', 'lead');
  expect(lead.tag_ids.map((tag) => app.sandbox.world.tags.get(tag)?.name)).not.toContain('Referred');
  expect(app.sandbox.world.dataEvents.all().filter((one) => one.contact_id === lead.id)).toEqual([]);
});

/** While work for Intercom waits; goes on afterwards. Returns what happened to the runs that were planned meanwhile. */
async function duringOutage(plan: () => Promise<void>, change: () => Promise<unknown>) {
  await quiet();
  const since = new Date();
  await app.query(
    `insert into outages (workspace_id, service, failures, since, probe_at, error)
     values ('sandbox', 'intercom', 3, now(), now() + interval '1 hour', 'gone')`,
  );
  await plan();
  const runs = () =>
    app.query<{ kind: string; state: string; paused_for: string | null; error: string | null }>(
      `select kind, state, paused_for, error from runs where created_at >= $1 and kind in ('write-back', 'tag', 'event')
       order by kind, seq`,
      [since],
    );
  await expect.poll(async () => (await runs()).some((run) => run.paused_for === 'intercom')).toBe(true);
  await change();
  await resumeRuns(app.ctx, 'sandbox', 'intercom');
  await quiet();
  return runs();
}

const settings = (write_back: object) => api('/settings', { write_back }, 'PATCH');

test('what was switched off while its run waited is not written, and is once it is on again', async () => {
  await settings({ attributes: true, tag: true, event: true });
  const email = 'late@switch.example';
  const { id: contactId } = (await intercom('POST', '/contacts', { role: 'user', email })) as { id: string };
  const shown = () => app.sandbox.world.contacts.get(contactId);
  const events = () => app.sandbox.world.dataEvents.all().filter((one) => one.contact_id === contactId);
  let id = '';
  const runs = await duringOutage(
    async () => {
      const [referrer] = await app.query<{ code: string }>('select code from referrers limit 1');
      ({ id } = await api('/referrals', { code: referrer?.code, person: { email } }));
      await app.query('update people set contact_id = $1 where email = $2', [contactId, email]);
      await api(`/referrals/${id}/qualify`, {});
    },
    () => settings({ attributes: false, tag: false, event: false }),
  );
  const canceled = { state: 'canceled', error: expect.stringContaining('settings no longer') };
  expect(new Set(runs.map(({ kind }) => kind))).toEqual(new Set(['event', 'tag', 'write-back']));
  for (const run of runs) expect(run).toMatchObject(canceled);
  expect(shown()).toMatchObject({ custom_attributes: {}, tag_ids: [] });
  expect(events()).toEqual([]);

  await settings({ attributes: true, tag: true, event: true });
  await api(`/referrals/${id}/reopen`, {});
  await api(`/referrals/${id}/qualify`, {});
  await quiet();
  expect(shown()).toMatchObject({ custom_attributes: { referral_status: 'Qualified' } });
  expect(shown()?.tag_ids).toHaveLength(1);
  expect(events()).toHaveLength(1);
});

test('what is no longer so when its run comes is not told: a tag of who was unlinked, an event of who is pending again', async () => {
  const email = 'changed@switch.example';
  const { id: contactId } = (await intercom('POST', '/contacts', { role: 'user', email })) as { id: string };
  const [referrer] = await app.query<{ code: string }>('select code from referrers limit 1');
  const { id } = await api('/referrals', { code: referrer?.code, person: { email } });
  await app.query('update people set contact_id = $1 where email = $2', [contactId, email]);
  const runs = await duringOutage(
    async () => void (await api(`/referrals/${id}/qualify`, {})),
    async () => {
      await api(`/referrals/${id}/reopen`, {});
      await app.query('update people set contact_id = null where email = $1', [email]);
    },
  );
  expect(runs.filter(({ state }) => state === 'canceled')).toMatchObject([
    { kind: 'event', error: expect.stringContaining('no longer qualified') },
    { kind: 'tag', error: expect.stringContaining('No referral belongs to this contact') },
  ]);
  const events = app.sandbox.world.dataEvents.all().filter((one) => one.contact_id === contactId);
  expect(events).toEqual([]);
  expect(app.sandbox.world.contacts.get(contactId)?.tag_ids).toEqual([]);
});

test('what has to go from a contact goes although writing is switched off', async () => {
  await settings({ attributes: true });
  const email = 'gone@switch.example';
  const { id: contactId } = (await intercom('POST', '/contacts', { role: 'user', email })) as { id: string };
  const [referrer] = await app.query<{ code: string }>('select code from referrers limit 1');
  await api('/referrals', { code: referrer?.code, person: { email } });
  await intercom('PUT', `/contacts/${contactId}`, { name: 'Seen' });
  const shown = () => app.sandbox.world.contacts.get(contactId)?.custom_attributes.referral_status;
  await expect.poll(shown).toBe('Pending');
  await settings({ attributes: false });
  await api('/erasures', { email, also_in_intercom: false });
  await expect.poll(shown).toBeNull();
});

test('what is about a contact that was merged unnoticed is written to the one that remains', async () => {
  await settings({ attributes: true });
  const email = 'merged.unnoticed@example.com';
  const id = z.object({ id: z.string() });
  const lead = id.parse(await intercom('POST', '/contacts', { role: 'lead', email }));
  const user = id.parse(await intercom('POST', '/contacts', { role: 'user', external_id: 'unnoticed' }));
  const [spring] = await app.query<{ id: string }>("select id from campaigns where name = 'Spring'");
  const referral = await api('/referrals', { campaign_id: spring?.id, person: { email } });
  await app.query('update people set contact_id = $1 where email = $2', [lead.id, email]);
  await quiet();
  await silence(app);
  const merge = { from: lead.id, into: user.id, skip_duplicate_validation: true };
  await intercom('POST', '/contacts/merge', merge);
  await api(`/referrals/${referral.id}/qualify`, {});
  await expect
    .poll(() => app.sandbox.world.contacts.get(user.id)?.custom_attributes)
    .toMatchObject({ referral_status: 'Qualified' });
});
