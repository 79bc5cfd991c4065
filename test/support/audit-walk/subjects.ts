// What the walk over every change acts on: an app, its callers, and a maker for each thing that a change is about.

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { AuditAction } from '../../../src/domain/workspace/audit.ts';
import { previewBulkChange, startBulkChange } from '../../../src/usecases/rewards/bulk-changes.ts';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf, tenEuros } from '../api.ts';
import { promptSearch, startTestApp, type TestApp } from '../app.ts';
import { intercom, settled } from '../changes.ts';
import { type Console, signIn } from '../console.ts';

export let app: TestApp;
export let api: Caller;
export let desk: Console;
export let campaign: string;
/** The code of a referrer in `campaign`. */
export let code: string;

export async function startWalk(environment: Record<string, string> = {}): Promise<void> {
  app = await startTestApp({ settings: promptSearch, overrides: { searchLagMs: 300 }, environment });
  api = callerWith(app.url, await app.apiToken('sandbox', 'walk'));
  desk = await signIn(app);
  campaign = await campaignFor(api, { rewards: tenEuros });
  code = codeOf(await api.post('/referrers', { campaign_id: campaign, person: { email: unique() } }));
}

/** Where a form has ended the session. */
export async function signInAgain(): Promise<void> {
  if ((await desk.get('/console/access')).status !== 200) desk = await signIn(app);
}

/** What to send, made new for each try of a route. */
export type Request = { path: string; body?: object; file?: string };
export type Case = {
  action: AuditAction;
  /** Prepares what the request needs. */
  request(): Promise<Request>;
  /** The same again makes another, as a second campaign of another name; by default it changes nothing more. */
  repeats?: true;
  /** Intercom or the platform is asked first: what is done there cannot be rolled back by refusing the entry. */
  outside?: true;
};

export const unique = () => `${randomUUID()}@example.com`;

export const referral = async () => idOf(await api.post('/referrals', { code, person: { email: unique() } }));

export async function qualified(): Promise<string> {
  const id = await referral();
  idOf(await api.post(`/referrals/${id}/qualify`, {}));
  return id;
}

export const definition = (value = 'pro') => ({
  when: { attribute: 'custom_attributes.plan', operator: 'is', value },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; a definition is never awaited.
  then: 'qualify',
});

export const rule = async () =>
  idOf(
    await api.post('/rules', {
      campaign_id: campaign,
      name: `Rule ${randomUUID()}`,
      definition: definition(),
    }),
  );

/** A delivery that failed. */
export async function delivery(): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `insert into deliveries (workspace_id, topic, body, received_at, state)
     values ('sandbox', 'ping', '{"type":"notification_event","topic":"ping"}', now(), 'failed') returning id::text`,
  );
  return row?.id ?? '';
}

/** A run that failed. */
export async function run(): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at)
     values (gen_random_uuid(), 'sandbox', 'write-back', gen_random_uuid()::text, gen_random_uuid()::text,
       '{"kind":"write-back","contactId":"none"}', 'a test', 'failed', 5, now(), now()) returning id`,
  );
  return row?.id ?? '';
}

export async function contact(role: 'lead' | 'user' = 'lead'): Promise<{ id: string; email: string }> {
  const email = unique();
  const { id } = (await intercom(app, 'POST', '/contacts', { role, email })) as { id: string };
  return { id, email };
}

/** A possible duplicate that waits for a decision, with the contact that it may be. */
export async function review(): Promise<{ id: string; contactId: string }> {
  const { id: contactId, email } = await contact('user');
  const enrollment = {
    leads: { mapping: [{ type: 'field', from: 'person.email', to: 'email' }], duplicates: 'review' },
  };
  const asking = await campaignFor(api);
  await api.patch(`/campaigns/${asking}`, { settings: { enrollment } });
  await settled(app);
  idOf(await api.post('/referrals', { campaign_id: asking, person: { email } }));
  const open = async () => {
    const { body } = await api.get('/reviews?state=open&limit=100');
    return (body as { data: { id: string; person: { email: string } }[] }).data.find(
      (row) => row.person.email === email,
    )?.id;
  };
  await expect.poll(open, { timeout: 10_000 }).toBeDefined();
  return { id: (await open()) ?? '', contactId };
}

export async function peopleList(state: string): Promise<string> {
  const id = randomUUID();
  await app.query(
    `insert into people_imports (workspace_id, id, campaign_id, purpose, name, state, columns, mapping, counts,
       created_by, created_at, touched_at)
     values ('sandbox', $1, $2, 'referrals', 'A list', $3, '["Email"]', '["email"]', '{}', 'A test', now(), now())`,
    [id, campaign, state],
  );
  return id;
}

export async function importOf(start: boolean): Promise<string> {
  const answer = await api.send('POST', `/imports?start=${start}`, {
    headers: { 'content-type': 'text/csv' },
    body: `email\n${unique()}\n`,
  });
  return idOf(answer);
}

/** One that waits for Intercom, so that it does not end by itself. */
export async function runningImport(): Promise<string> {
  const id = await importOf(false);
  await app.query(`update imports set state = 'running', due_at = now() + interval '1 day' where id = $1`, [
    id,
  ]);
  return id;
}

/** One that is done, with a row that failed. */
export async function failedImport(): Promise<string> {
  const id = await importOf(true);
  const state = async () => ((await api.get(`/imports/${id}`)).body as { state: string }).state;
  await expect.poll(state, { timeout: 10_000 }).toBe('done');
  await app.query(`update import_rows set state = 'failed' where import_id = $1`, [id]);
  await app.query(`update imports set counts = jsonb_set(counts, '{failed}', '1') where id = $1`, [id]);
  return id;
}

/** A contact that two people of the program may be; one is called Ambiguous. */
export async function ambiguous(): Promise<string> {
  const email = unique();
  for (const name of ['Ambiguous', 'Another'])
    idOf(await api.post('/referrals', { code, person: { email, external_id: randomUUID(), name } }));
  await settled(app);
  return ((await intercom(app, 'POST', '/contacts', { role: 'lead', email })) as { id: string }).id;
}

export const backfill = async () =>
  idOf(await api.post('/backfills', { from: 'campaign', campaign_id: campaign }));

/** A backfill that was counted, which is when it can be confirmed. */
export async function counted(): Promise<string> {
  const id = await backfill();
  const state = async () => ((await api.get(`/backfills/${id}`)).body as { state: string }).state;
  await expect.poll(state, { timeout: 10_000 }).toBe('counted');
  return id;
}

/** A backfill that waits for people who join from now on. */
export async function running(): Promise<string> {
  const id = await counted();
  await app.query(`update backfills set state = 'running' where id = $1`, [id]);
  return id;
}

export async function paused(): Promise<string> {
  const id = await running();
  idOf(await api.post(`/backfills/${id}/pause`, {}));
  return id;
}

export async function failedRecovery(): Promise<string> {
  await app.query("delete from recoveries where state = 'running'");
  const [made] = await app.query<{ id: string }>(
    `insert into recoveries (id, workspace_id, cause, since, state, seen, missed, started_at, touched_at)
     values (gen_random_uuid(), 'sandbox', 'a test', now(), 'failed', 0, 0, now(), now()) returning id`,
  );
  return made?.id ?? '';
}

/** A finished sync check with something to repair: a referral with attributes that Intercom lost. */
export async function syncCheck(): Promise<string> {
  const { id: contactId, email } = await contact();
  idOf(await api.post('/referrals', { code, person: { email } }));
  await settled(app);
  const known = app.sandbox.world.contacts.get(contactId);
  if (known) app.sandbox.world.contacts.put({ ...known, custom_attributes: {} });
  const id = idOf(await api.post('/sync-checks', { campaign_id: campaign }));
  const state = async () => ((await api.get(`/sync-checks/${id}`)).body as { state: string }).state;
  await expect.poll(state, { timeout: 15_000 }).toBe('done');
  return id;
}

/** A reward that is due. */
export async function reward(): Promise<string> {
  await qualified();
  return dataOf(await api.get('/rewards?status=due&limit=1'))[0]?.id ?? '';
}

/** Of one reward, checked. */
export async function bulkChange(): Promise<string> {
  const [row] = await app.query<{ person: string }>('select person_id as person from rewards where id = $1', [
    await reward(),
  ]);
  const id = await startBulkChange(app.ctx, 'sandbox', 'approve', { personId: row?.person, status: 'due' });
  const ready = async () => (await previewBulkChange(app.ctx, 'sandbox', id)).bulk.state;
  await expect.poll(ready).toBe('ready');
  return id;
}

export const viewFields = () => ({
  list: 'rewards',
  query: 'status=issued',
  name: randomUUID(),
  shared: 'on',
});

export async function sharedView(): Promise<string> {
  const { name } = viewFields();
  await desk.post('/console/views', { ...viewFields(), name });
  const [row] = await app.query<{ id: string }>('select id from saved_views where name = $1', [name]);
  return row?.id ?? '';
}

export function connection() {
  const base_url = `${app.sandbox.url}/referral-factory/api/v2`;
  return { platform: 'referral-factory', base_url, token: 'sandbox-referral-token' };
}

/** A campaign that maps a field to an attribute which Intercom does not have. */
export async function mappedToMissing(side: 'leads' | 'referrers'): Promise<string> {
  const id = await campaignFor(api);
  const mapping = [
    { type: 'field', from: 'person.email', to: 'email' },
    { type: 'field', from: 'person.name', to: `custom_attributes.walk_${randomUUID().slice(0, 8)}` },
  ];
  idOf(
    await api.patch(`/campaigns/${id}`, {
      settings: { enrollment: { [side]: { action: 'create-lead', mapping } } },
    }),
  );
  return id;
}
