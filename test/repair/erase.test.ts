// Erasing on request: afterwards nothing in the whole database says who it was, and nothing on its way brings it back.
import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Contact } from '../../sandbox/world.ts';
import { refreshIdentityVerification } from '../../src/usecases/workspace/identity-verification.ts';
import { type Caller, callerWith, campaignFor, codeOf, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { sendRaw } from '../support/messenger.ts';
import { contactItem, deliver, notification } from '../support/notifications.ts';
import { spellingsOfEmail, spellingsOfId } from '../support/spellings.ts';

let app: TestApp;
let caller: Caller;
beforeAll(async () => {
  app = await startTestApp();
  caller = callerWith(app.url, await app.apiToken());
});
afterAll(() => app?.close());

type Somebody = { email: string; name: string; external_id: string };
const zelda = { email: 'zelda.quix@example.com', name: 'Zelda Quix-Münster', external_id: 'zq-4711' };

/** Every place of the whole database that holds the text, the queue's tables included. */
async function placesOf(text: string): Promise<string[]> {
  const columns = await app.query<{ s: string; t: string; c: string }>(
    `select n.nspname s, k.relname t, a.attname c from pg_attribute a join pg_class k on k.oid = a.attrelid
       join pg_namespace n on n.oid = k.relnamespace
     where n.nspname in ('public', 'pgboss') and k.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and format_type(a.atttypid, null) in ('text', 'jsonb', 'json', 'character varying', 'bytea', 'text[]', 'uuid[]')`,
  );
  const places = await Promise.all(
    columns.map(async ({ s, t, c }) => {
      const found = await app.query(
        `select 1 from "${s}"."${t}" where position(lower($1) in lower("${c}"::text)) > 0 limit 1`,
        [text],
      );
      return found.length > 0 ? [`${t}.${c}`] : [];
    }),
  );
  return places.flat().sort();
}

const inSandbox = (id: string): Contact | undefined => app.sandbox.world.contacts.get(id);

const receipt = z.looseObject({
  id: z.string(),
  state: z.string(),
  subject_hash: z.string(),
  contacts: z.number().nullable(),
  erased: z.record(z.string(), z.number()),
});

async function erase(body: object): Promise<z.infer<typeof receipt>> {
  const id = idOf(await caller.post('/erasures', body));
  const read = async () => receipt.parse((await caller.get(`/erasures/${id}`)).body);
  await expect.poll(async () => (await read()).state).toBe('done');
  return read();
}

/** Someone with traces wherever there can be any. Answers their contact, their friend's, and their referral. */
async function withTraces(person: Somebody) {
  const { email, name, external_id } = person;
  const made = await intercom(app, 'POST', '/contacts', { role: 'user', email, name, external_id });
  const campaign = await campaignFor(caller);
  const referrer = await caller.post('/referrers', { campaign_id: campaign, person });
  const friendly = `${randomUUID()}@friends.example`;
  const friend = await intercom(app, 'POST', '/contacts', { role: 'user', email: friendly });
  await caller.post('/referrals', { code: codeOf(referrer), person: { email: friendly } });
  const second = await campaignFor(caller);
  const definition = {
    when: { attribute: 'email', operator: 'contains', value: '@' },
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    then: 'qualify',
  };
  await caller.post('/rules', { campaign_id: second, name: 'Any email', definition, enabled: true });
  const referral = idOf(await caller.post('/referrals', { campaign_id: second, person }));
  await caller.send('POST', '/contacts', {
    headers: { 'Idempotency-Key': `make ${email}` },
    body: JSON.stringify({
      role: 'user',
      email,
      name,
      external_id,
      phone: '+491234567',
      on_duplicate: 'fill',
    }),
  });
  const contactImport = await caller.send('POST', '/imports?on_duplicate=fill', {
    headers: { 'Content-Type': 'text/csv' },
    body: `role,email,name,phone\r\nuser,${email},${name},+491234567\r\n`,
  });
  await expect
    .poll(async () => (await caller.get(`/imports/${idOf(contactImport)}`)).body)
    .toMatchObject({ state: 'done' });
  await withLists(campaign, person);
  await withViewsAndReward(second, referral, person);
  await intercom(app, 'PUT', `/contacts/${made.id}`, { phone: '+49 30 1234567' });
  await intercom(app, 'PUT', `/contacts/${friend.id}`, { phone: '+49 30 7654321' });
  await expect.poll(() => inSandbox(friend.id)?.custom_attributes.referral_referrer_email).toBe(email);
  await intercom(app, 'PUT', `/contacts/${friend.id}`, { phone: '+49 30 7654322' });
  await settled(app);
  return { contactId: made.id, friendId: friend.id, referral, referrer: idOf(referrer) };
}

/** On a list of people that was worked, and on one without chosen columns yet. */
async function withLists(campaign: string, { email, name, external_id }: Somebody): Promise<void> {
  const id = randomUUID();
  await app.query(
    `insert into people_imports (workspace_id, id, campaign_id, purpose, name, state, columns, mapping, counts,
       created_by, created_at, touched_at)
     values ('sandbox', $1, $2, 'referrals', 'A list', 'unmapped', '["a", "b", "c"]', '["email", null, null]', '{}',
       'A test', now(), now())`,
    [id, campaign],
  );
  const add = (seq: number, cells: string[], person: string | null) =>
    app.query(
      `insert into people_import_rows (workspace_id, import_id, seq, line, cells, outcome, person_id)
       select 'sandbox', $1, $2, $2, $3, 'done', (select id from people where email = $4 limit 1)`,
      [id, seq, JSON.stringify(cells), person],
    );
  await add(1, ['no longer their email', name, ''], email);
  await add(2, [` ${email.toUpperCase()}`, name, ''], null);
  await add(3, ['', name, external_id], null);
  await add(4, ['another@example.com', 'Another', 'another-1'], null);
}

/** In views of those who looked for them, and in the receipt of a bulk change that paid them. */
async function withViewsAndReward(campaign: string, referral: string, person: Somebody): Promise<void> {
  for (const text of [person.email, person.name.toUpperCase(), ` ${person.external_id}`, 'Somebody else'])
    await app.query(
      `insert into saved_views (id, workspace_id, list, name, query, created_at)
       values (gen_random_uuid(), 'sandbox', 'people', 'A search', jsonb_build_object('q', $1::text), now())`,
      [text],
    );
  const [id, reward] = [randomUUID(), randomUUID()];
  await app.query(
    `insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, status, due_at)
     select $1, 'sandbox', id, 'friend', $2, person_id, 'Credit', 'issued', now() from referrals where id = $3`,
    [reward, campaign, referral],
  );
  await app.query(
    `insert into bulk_changes (id, workspace_id, change, state, rows, reference, change_id, started_at, touched_at)
     values ($1, 'sandbox', 'issue', 'done', 1, $2, $1, now(), now())`,
    [id, `Transfer to ${person.name}`],
  );
  await app.query(
    `insert into bulk_change_rows (workspace_id, bulk_id, line, reward_id) values ('sandbox', $1, 1, $2)`,
    [id, reward],
  );
}

test('afterwards nothing in the whole database says who it was, in Intercom neither; referrals stay as counts', async () => {
  const { contactId, friendId, referral, referrer } = await withTraces(zelda);
  for (const text of Object.values(zelda)) {
    const before = await placesOf(text);
    expect(before, text).toEqual(expect.arrayContaining(['deliveries.body', 'runs.work']));
  }
  const inRows = ['import_rows.given', 'people_import_rows.cells', 'runs.exchange'];
  expect(await placesOf(zelda.email)).toEqual(expect.arrayContaining(inRows));
  const status = async (id: string) =>
    z.looseObject({ status: z.string() }).parse((await caller.get(`/referrals/${id}`)).body).status;
  const statusBefore = await status(referral);

  const done = await erase({ email: zelda.email.toUpperCase(), also_in_intercom: true });
  expect(await placesOf(zelda.email)).toEqual([]);
  expect(await placesOf(zelda.name)).toEqual([]);
  expect(await placesOf(zelda.external_id)).toEqual([]);
  expect(await placesOf('491234567')).toEqual([]);
  expect(await placesOf('49 30 1234567')).toEqual([]);
  expect(done.contacts).toBe(1);
  expect(done.erased.people_import_rows).toBe(3);
  expect(done.erased.saved_views).toBe(3);
  expect(done.erased).toMatchObject({ people: 1, contacts: expect.any(Number) });
  expect(done.subject_hash).toBe(createHash('sha256').update(`sandbox:${zelda.email}`).digest('hex'));

  await settled(app);
  expect(inSandbox(contactId)).toBeUndefined();
  expect(inSandbox(friendId)?.custom_attributes).toMatchObject({
    referral_status: 'Pending',
    referral_referrer_email: null,
    referral_referrer_name: null,
  });
  expect(await status(referral)).toBe(statusBefore);
  expect((await caller.get(`/referrers/${referrer}`)).body).toMatchObject({
    person: { email: null, name: null, external_id: null },
    counts: { referred: 1 },
  });
  for (const text of Object.values(zelda)) expect(await placesOf(text)).toEqual([]);
});

/** A user who joined a campaign, and who names friends there in the Messenger. */
async function inMessenger(campaign: string, person: Somebody) {
  const { id } = await intercom(app, 'POST', '/contacts', { role: 'user', ...person });
  const code = codeOf(await caller.post('/referrers', { campaign_id: campaign, person }));
  const refer = async (name: string, email: string, words: string) => {
    const answer = await sendRaw(app.url, '/intercom/messenger/submit', {
      ...{ workspace_id: 'sandbox', context: { location: 'home', locale: 'en' } },
      user: { type: 'contact', id, ...person, role: 'user' },
      component_id: `refer-friend:${campaign}`,
      input_values: { name, email, words, consent: ['yes'] },
    });
    expect(await answer.text()).toContain('You referred');
  };
  return { code, refer };
}

test('of the Messenger go the named friends, who named them, and the words with it; shares stay as counts', async () => {
  await refreshIdentityVerification(app.ctx);
  const campaign = await campaignFor(caller);
  const mara = { email: 'mara.names@example.com', name: 'Mara Names', external_id: 'mn-1' };
  const noor = { email: 'noor.names@example.com', name: 'Noor Names', external_id: 'nn-1' };
  const [byMara, byNoor] = [await inMessenger(campaign, mara), await inMessenger(campaign, noor)];
  const friend = { name: 'Quillon Vex', email: 'quillon.vex@friends.example' };
  await byMara.refer(friend.name, friend.email, 'Dear Quillonito, join me');
  await byNoor.refer('Quillonski', friend.email, '');
  await byNoor.refer('Second Friend', 'second.vex@friends.example', 'Noorish words');
  await fetch(`${app.url}/share/x/${byNoor.code}`, { redirect: 'manual' });
  await settled(app);
  const exported = async () => String((await caller.get('/exports/named_friends.csv')).body);
  for (const text of ['Quillon Vex', 'Quillonski', friend.email, mara.email, noor.email])
    expect(await exported()).toContain(text);

  const first = await erase({ email: friend.email });
  expect(first.erased).toMatchObject({ named_friends: 2, referrals: 1 });
  for (const text of [friend.name, friend.email, 'Quillonito', 'Quillonski'])
    expect(await placesOf(text), text).toEqual([]);
  expect(await exported()).toContain('Second Friend');

  const second = await erase({ external_id: noor.external_id });
  expect(second.erased).toMatchObject({ named_friends: 1, referrals: 1 });
  for (const text of [...Object.values(noor), 'Second Friend,', 'Noorish words'])
    expect(await placesOf(text), text).toEqual([]);
  expect(await app.query('select 1 from named_friends')).toEqual([]);
  expect(await exported()).not.toContain('friends.example');
  expect(await app.query('select channel, shares from share_days')).toEqual([{ channel: 'x', shares: 1 }]);
});

test('what was on its way brings nothing back', async () => {
  const ida = { email: 'ida.late@example.com', name: 'Ida Late', external_id: 'il-0815' };
  const { contactId } = await withTraces(ida);
  const campaign = await campaignFor(caller);
  const ongoing = idOf(
    await caller.post('/backfills', { from: 'intercom', campaign_id: campaign, ongoing: true }),
  );
  const state = async () =>
    z.looseObject({ state: z.string() }).parse((await caller.get(`/backfills/${ongoing}`)).body).state;
  await expect.poll(state).toBe('counted');
  await caller.post(`/backfills/${ongoing}/confirm`);
  await expect.poll(state).toBe('watching');
  await erase({ contact_id: contactId });
  await settled(app);
  const item = contactItem({ id: contactId, ...ida });
  await deliver(app.url, notification({ data: { type: 'notification_event_data', item } }));
  await settled(app);
  expect(await placesOf(ida.email)).toEqual([]);
  expect(await app.query('select 1 from people where contact_id = $1', [contactId])).toEqual([]);
  await caller.post(`/backfills/${ongoing}/cancel`);
});

test('who stays in Intercom loses there what this app wrote, and may join again by themselves', async () => {
  const otto = { email: 'otto.again@example.com', name: 'Otto Again', external_id: 'oa-1' };
  const { contactId } = await withTraces(otto);
  expect(inSandbox(contactId)?.custom_attributes.referral_link).toContain('/r/');
  const tagged = () => inSandbox(contactId)?.tag_ids.map((id) => app.sandbox.world.tags.get(id)?.name);
  expect(tagged()).toContain('Referred');
  await erase({ external_id: otto.external_id });
  await expect.poll(() => inSandbox(contactId)?.custom_attributes.referral_link).toBeNull();
  await expect.poll(tagged).not.toContain('Referred');
  await settled(app);
  for (const text of [otto.email, otto.external_id]) expect(await placesOf(text)).toEqual([]);
  expect(inSandbox(contactId)).toMatchObject({ email: otto.email, archived: false });

  const campaign = await campaignFor(caller);
  const id = idOf(await caller.post('/referrals', { campaign_id: campaign, person: otto }));
  await app.query('update people set contact_id = $1 where email = $2', [contactId, otto.email]);
  await intercom(app, 'PUT', `/contacts/${contactId}`, { name: 'Otto Once More' });
  await expect
    .poll(() => app.query("select 1 from contacts where contact_id = $1 and seen_at > 'epoch'", [contactId]))
    .toHaveLength(1);
  expect((await caller.get(`/referrals/${id}`)).body).toMatchObject({ contact_id: contactId });
});

test('an address that two people share stays with the other one, and no one else loses a word', async () => {
  const campaign = await campaignFor(caller);
  const shared = 'family@shared.example';
  const one = idOf(
    await caller.post('/referrals', {
      campaign_id: campaign,
      person: { email: shared, external_id: 'fam-1' },
    }),
  );
  const two = idOf(
    await caller.post('/referrals', {
      campaign_id: campaign,
      person: { email: shared, external_id: 'fam-2' },
    }),
  );
  const near = idOf(
    await caller.post('/referrals', {
      campaign_id: campaign,
      person: { email: `my.${shared}`, name: 'Near' },
    }),
  );
  const other = callerWith(app.url, await app.apiToken('another'));
  const elsewhere = idOf(
    await other.post('/referrals', {
      campaign_id: await campaignFor(other),
      person: { email: shared, external_id: 'fam-1' },
    }),
  );
  await erase({ external_id: 'fam-1' });
  const person = async (by: Caller, id: string) =>
    z.looseObject({ person: z.looseObject({}) }).parse((await by.get(`/referrals/${id}`)).body).person;
  expect(await person(caller, one)).toMatchObject({ email: null, external_id: null });
  expect(await person(caller, two)).toMatchObject({ email: shared, external_id: 'fam-2' });
  expect(await person(other, elsewhere)).toMatchObject({ email: shared, external_id: 'fam-1' });
  await erase({ email: shared });
  expect(await person(caller, two)).toMatchObject({ email: null, external_id: null });
  expect(await person(caller, near)).toMatchObject({ email: `my.${shared}`, name: 'Near' });
  expect(await person(other, elsewhere)).toMatchObject({ email: shared });
});

test('a subject that neither the program nor Intercom knows is not found, and leaves no receipt', async () => {
  const receipts = () => app.query('select id from erasures');
  const before = await receipts();
  const unknown = [
    { email: 'unknown.subject@example.com' },
    { external_id: 'unknown-subject' },
    { contact_id: '0123456789abcdef01234567' },
    { person_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' },
  ];
  for (const subject of unknown) {
    expect((await caller.post('/erasures', subject)).status, JSON.stringify(subject)).toBe(404);
  }
  expect(await receipts()).toEqual(before);
  const done = await erase({ email: 'stranger@example.com' });
  expect((await caller.post('/erasures', {})).status).toBe(422);
  const other = callerWith(app.url, await app.apiToken('another'));
  expect((await other.get(`/erasures/${done.id}`)).status).toBe(404);
});

test('every stored spelling is found, whichever one is given, and no other person', async () => {
  const [local, host] = ['zoë.quagga', 'bücher.example.com'];
  const campaign = await campaignFor(caller);
  const spelt = fc.sample(spellingsOfEmail(local, host), { numRuns: 40, seed: 5 });
  const ids = fc.sample(spellingsOfId('quagga-Käfer'), { numRuns: 20, seed: 5 });
  const stranger = `a.${local}@${host}`;
  await caller.post('/referrers', { campaign_id: campaign, person: { email: stranger } });
  // As an earlier version stored them, which compared texts as they came.
  await app.query(
    `insert into people (id, workspace_id, email, external_id, name, created_at)
     select gen_random_uuid(), 'sandbox', email, external_id, 'Q', now() from unnest($1::text[], $2::text[]) as t (email, external_id)
     on conflict do nothing`,
    [spelt, [...ids, ...spelt.slice(ids.length).map(() => null)]],
  );
  const told = (body: string) =>
    app.query(
      `insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state)
       values ('sandbox', gen_random_uuid()::text, 'contact.user.updated', null, $1, now(), 'done')`,
      [body],
    );
  const ascii = (json: string) =>
    json.replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  for (const email of spelt) {
    const json = JSON.stringify({ data: { item: { email } } });
    await told(json);
    await told(ascii(json));
  }
  for (const external_id of ids) await told(ascii(JSON.stringify({ data: { item: { external_id } } })));
  const file = spelt.map((email) => `${JSON.stringify({ email, role: 'nobody' })}\n`).join('');
  const headers = { 'content-type': 'application/x-ndjson' };
  await caller.send('POST', '/imports', { body: file, headers });

  await erase({
    email: `\u200b${local.toUpperCase()}@XN--BCHER-KVA.Example.com.`,
    external_id: ' quagga-Käfer',
  });
  const left = await app.query<{ email: string }>(`select email from people where email ~ 'quagga'`);
  expect(left).toEqual([{ email: `a.${local}@xn--bcher-kva.example.com` }]);
  expect(await app.query(`select body from deliveries where body ~* 'quagga'`)).toEqual([]);
  expect(await app.query(`select given from import_rows where given::text ~* 'quagga'`)).toEqual([]);
  expect(await app.query(`select external_id from people where external_id ~* 'quagga'`)).toEqual([]);
});
