// Erasing reaches what others wrote of someone: reasons in the history, the log of changes, questions about duplicates.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { campaignFor, idOf } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import { type Enrolling, email, enrollingIn, name } from '../support/enrolling.ts';

let app: TestApp;
let desk: Enrolling;
beforeAll(async () => {
  app = await startTestApp({
    settings: promptSearch,
    story: false,
    overrides: { searchLagMs: 500 },
  });
  desk = await enrollingIn(app);
});
afterAll(() => app?.close());

const receipt = z.looseObject({ state: z.string() });

async function erase(whom: object): Promise<void> {
  const id = idOf(await desk.caller.post('/erasures', whom));
  const state = async () => receipt.parse((await desk.caller.get(`/erasures/${id}`)).body).state;
  await expect.poll(state).toBe('done');
}

const rowsWith = (table: string, text: string) =>
  app.query(`select from ${table} as row where position($1 in row::text) > 0`, [text]);

test('a reason that names them in someone else’s history, and the log of changes, lose the name alone', async () => {
  const campaign = await campaignFor(desk.caller);
  const gone = 'wilma.gone@example.com';
  await desk.caller.post('/referrals', { campaign_id: campaign, person: { email: gone } });
  const person = { email: 'stays@example.com' };
  const other = idOf(await desk.caller.post('/referrals', { campaign_id: campaign, person }));
  await desk.caller.post(`/referrals/${other}/disqualify`, { reason: `the same one as ${gone}` });
  // As for a teammate without a name in Intercom.
  await app.query(
    `insert into audit_log (workspace_id, at, actor, actor_name, action, details)
     values ('sandbox', now(), 'teammate', $1, 'looked', '{}')`,
    [gone],
  );
  expect(await rowsWith('referral_history', gone)).not.toEqual([]);
  const entries = await app.query('select id from referral_history');

  await erase({ email: gone });
  expect(await rowsWith('referral_history', gone)).toEqual([]);
  expect(await rowsWith('referral_history', 'the same one as erased-')).toHaveLength(1);
  expect(await rowsWith('audit_log', gone)).toEqual([]);
  expect(await app.query('select id from referral_history')).toEqual(entries);
});

test('rows of an upload that could not be used lose all that they say of them', async () => {
  const upload = (type: string, body: string) =>
    desk.caller.send('POST', '/imports', { headers: { 'content-type': type }, body });
  const rows = [
    'nobody, bad.row@example.com ,Rowena Bad,R-1,+441234567',
    'nobody,,Rowena Bad,R-1,+441234567',
    'nobody,other.row@example.com,Olaf Stays,R-2,+447654321',
  ];
  await upload('text/csv', `role,email,name,external_id,phone\n${rows.join('\n')}\n`);
  await upload('application/x-ndjson', '{"email":"Bad.Row@example.com","name":"Rowena Bad"\n');
  expect(await rowsWith('import_rows', 'Rowena')).toHaveLength(3);
  await desk.caller.post('/referrals', {
    campaign_id: await campaignFor(desk.caller),
    person: { email: 'bad.row@example.com', external_id: 'R-1' },
  });

  await erase({ email: 'bad.row@example.com' });
  for (const text of ['Rowena', 'R-1', '+441234567']) expect(await rowsWith('import_rows', text)).toEqual([]);
  expect(await rowsWith('import_rows', 'Olaf')).toHaveLength(1);
});

test('keys of requests that tell two apart by nothing but their addresses do not keep it from ending', async () => {
  const emails = ['key.one@example.com', 'Key.One@example.com', 'key.two@example.com'];
  for (const email of emails) {
    await desk.caller.send('POST', '/contacts', {
      headers: { 'idempotency-key': `sync ${email}` },
      body: JSON.stringify({ role: 'lead', name: 'Somebody' }),
    });
    await desk.caller.send('POST', '/imports?start=false', {
      headers: { 'idempotency-key': `file of ${email}`, 'content-type': 'text/csv' },
      body: 'email\nsomebody.else@example.com\n',
    });
  }
  const campaign_id = await campaignFor(desk.caller);
  await desk.caller.post('/referrals', { campaign_id, person: { email: emails[0], external_id: 'K-1' } });
  await desk.caller.post('/referrals', { campaign_id, person: { email: emails[2], external_id: 'K-2' } });
  for (const email of [emails[0], emails[2]]) await erase({ email });
  for (const table of ['runs', 'imports']) {
    expect(await rowsWith(table, 'key.one@'), table).toEqual([]);
    expect(await rowsWith(table, 'Key.One@'), table).toEqual([]);
    expect(await rowsWith(table, 'key.two@'), table).toEqual([]);
  }
});

test('a question about someone else goes on without them as a candidate', async () => {
  const [cora, theo] = ['Cora Candidate', 'Theo Candidate'];
  const shared = 'two.candidates@example.com';
  const made = async (who: string): Promise<{ id: string }> =>
    intercom(app, 'POST', '/contacts', { role: 'lead', email: shared, name: who });
  const { id: contact_id } = await made(cora);
  await made(theo);
  await settled(app);
  const campaign = await desk.campaign({ mapping: [email, name], duplicates: 'review' });
  const member = await desk.join(campaign, { email: shared, name: 'Joins' });
  expect(await desk.enrolled(campaign, member)).toMatchObject({ state: 'review' });
  expect(await rowsWith('reviews', cora)).toHaveLength(1);

  await erase({ contact_id });
  expect(await rowsWith('reviews', cora)).toEqual([]);
  expect(await rowsWith('reviews', theo)).toHaveLength(1);
  const { body } = await desk.caller.get('/reviews?state=open');
  expect(body).toMatchObject({ data: [{ candidates: [{ name: theo }] }] });
});
