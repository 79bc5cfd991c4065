// Every write route of the API, every form of the console and every button of the card: each change leaves its audit
// entry in its own transaction, and what is refused, repeated or rolled back leaves none.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../../canvas/action.ts';
import type { RewardChange } from '../../src/domain/rewards/reward.ts';
import { workKindNames } from '../../src/domain/runs/run.ts';
import { type AuditAction, auditActions } from '../../src/domain/workspace/audit.ts';
import { apiTable } from '../../src/http/api/routes.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import { previewBulkChange, startBulkChange } from '../../src/usecases/rewards/bulk-changes.ts';
import { keepReceipts } from '../../src/usecases/rewards/receipts.ts';
import { type Caller, callerWith, campaignFor, codeOf, dataOf, idOf, tenEuros } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { campaignWithRule, intercom, settled } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { openCard, pressId } from '../support/teammate.ts';

type Entry = {
  id: string;
  action: AuditAction;
  actor: { kind: string; name: string };
  subject: { type: string; id: string } | null;
};

/** What to send, made new for each try of a route. */
type Request = { path: string; body?: object; file?: string };
type Case = {
  action: AuditAction;
  /** Prepares what the request needs. */
  request(): Promise<Request>;
  /** The same again makes another, as a second campaign of another name; by default it changes nothing more. */
  repeats?: true;
  /** Intercom or the platform is asked first: what is done there cannot be rolled back by refusing the entry. */
  outside?: true;
};

let app: TestApp;
let api: Caller;
let desk: Console;
let campaign: string;
let code: string;

beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch, overrides: { searchLagMs: 300 } });
  api = callerWith(app.url, await app.apiToken('sandbox', 'walk'));
  desk = await signIn(app);
  campaign = await campaignFor(api, { rewards: tenEuros });
  code = codeOf(await api.post('/referrers', { campaign_id: campaign, person: { email: unique() } }));
});
afterAll(() => app?.close());

const unique = () => `${randomUUID()}@example.com`;

async function entriesAfter(id: string): Promise<Entry[]> {
  const rows = await app.query<Entry>(
    `select id::text, action, jsonb_build_object('kind', actor, 'name', actor_name) as actor,
       jsonb_build_object('type', subject_type, 'id', subject_id) as subject
     from audit_log where workspace_id = 'sandbox' and id > $1 order by id`,
    [id],
  );
  return rows;
}

async function lastEntry(): Promise<string> {
  const [row] = await app.query<{ id: string }>(`select coalesce(max(id), 0)::text as id from audit_log`);
  return row?.id ?? '0';
}

/** While `work` is done, the database refuses audit entries. */
async function withoutAudit<T>(work: () => Promise<T>): Promise<T> {
  await app.query(`create function refuse_audit() returns trigger language plpgsql
    as $$ begin raise exception 'no entry now' using errcode = 'P0001'; end $$`);
  await app.query(
    'create trigger refuse_audit before insert on audit_log for each row execute function refuse_audit()',
  );
  try {
    return await work();
  } finally {
    await app.query('drop trigger refuse_audit on audit_log');
    await app.query('drop function refuse_audit');
  }
}

const referral = async () => idOf(await api.post('/referrals', { code, person: { email: unique() } }));

async function qualified(): Promise<string> {
  const id = await referral();
  idOf(await api.post(`/referrals/${id}/qualify`, {}));
  return id;
}

const definition = (value = 'pro') => ({
  when: { attribute: 'custom_attributes.plan', operator: 'is', value },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; nobody awaits a definition.
  then: 'qualify',
});

const rule = async () =>
  idOf(
    await api.post('/rules', {
      campaign_id: campaign,
      name: `Rule ${randomUUID()}`,
      definition: definition(),
    }),
  );

/** A delivery that failed. */
async function delivery(): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `insert into deliveries (workspace_id, topic, body, received_at, state)
     values ('sandbox', 'ping', '{"type":"notification_event","topic":"ping"}', now(), 'failed') returning id::text`,
  );
  return row?.id ?? '';
}

/** A run that failed. */
async function run(): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `insert into runs (id, workspace_id, kind, subject, deduplication_key, work, cause, state, max_attempts, due_at, created_at)
     values (gen_random_uuid(), 'sandbox', 'write-back', gen_random_uuid()::text, gen_random_uuid()::text,
       '{"kind":"write-back","contactId":"none"}', 'a test', 'failed', 5, now(), now()) returning id`,
  );
  return row?.id ?? '';
}

async function contact(role: 'lead' | 'user' = 'lead'): Promise<{ id: string; email: string }> {
  const email = unique();
  const { id } = (await intercom(app, 'POST', '/contacts', { role, email })) as { id: string };
  return { id, email };
}

/** A possible duplicate that waits for a decision, with the contact that it may be. */
async function review(): Promise<{ id: string; contactId: string }> {
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

async function peopleList(state: string): Promise<string> {
  const id = randomUUID();
  await app.query(
    `insert into people_imports (workspace_id, id, campaign_id, purpose, name, state, columns, mapping, counts,
       created_by, created_at, touched_at)
     values ('sandbox', $1, $2, 'referrals', 'A list', $3, '["Email"]', '["email"]', '{}', 'A test', now(), now())`,
    [id, campaign, state],
  );
  return id;
}

async function importOf(start: boolean): Promise<string> {
  const answer = await api.send('POST', `/imports?start=${start}`, {
    headers: { 'content-type': 'text/csv' },
    body: `email\n${unique()}\n`,
  });
  return idOf(answer);
}

/** One that waits for Intercom, so that it does not end by itself. */
async function runningImport(): Promise<string> {
  const id = await importOf(false);
  await app.query(`update imports set state = 'running', due_at = now() + interval '1 day' where id = $1`, [
    id,
  ]);
  return id;
}

/** One that is done, with a row that failed. */
async function failedImport(): Promise<string> {
  const id = await importOf(true);
  const state = async () => ((await api.get(`/imports/${id}`)).body as { state: string }).state;
  await expect.poll(state, { timeout: 10_000 }).toBe('done');
  await app.query(`update import_rows set state = 'failed' where import_id = $1`, [id]);
  await app.query(`update imports set counts = jsonb_set(counts, '{failed}', '1') where id = $1`, [id]);
  return id;
}

/** A contact that two people of the program may be, one of whom is called Ambiguous. */
async function ambiguous(): Promise<string> {
  const email = unique();
  for (const name of ['Ambiguous', 'Another'])
    idOf(await api.post('/referrals', { code, person: { email, external_id: randomUUID(), name } }));
  await settled(app);
  return ((await intercom(app, 'POST', '/contacts', { role: 'lead', email })) as { id: string }).id;
}

const backfill = async () => idOf(await api.post('/backfills', { from: 'campaign', campaign_id: campaign }));

/** A backfill that was counted, which is when it can be confirmed. */
async function counted(): Promise<string> {
  const id = await backfill();
  const state = async () => ((await api.get(`/backfills/${id}`)).body as { state: string }).state;
  await expect.poll(state, { timeout: 10_000 }).toBe('counted');
  return id;
}

/** A backfill that waits for people who join from now on. */
async function running(): Promise<string> {
  const id = await counted();
  await app.query(`update backfills set state = 'running' where id = $1`, [id]);
  return id;
}

async function paused(): Promise<string> {
  const id = await running();
  idOf(await api.post(`/backfills/${id}/pause`, {}));
  return id;
}

async function failedRecovery(): Promise<string> {
  await app.query("delete from recoveries where state = 'running'");
  const [made] = await app.query<{ id: string }>(
    `insert into recoveries (id, workspace_id, cause, since, state, seen, missed, started_at, touched_at)
     values (gen_random_uuid(), 'sandbox', 'a test', now(), 'failed', 0, 0, now(), now()) returning id`,
  );
  return made?.id ?? '';
}

/** A finished sync check with something to repair: a referral whose attributes Intercom lost. */
async function syncCheck(): Promise<string> {
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

const changes = (
  action: AuditAction,
  path: (id: string) => string,
  made: () => Promise<string>,
  body?: object,
) => ({
  action,
  request: async () => ({ path: path(await made()), ...(body && { body }) }),
});

const acting = (
  action: AuditAction,
  path: string,
  body: object = {},
  role: 'lead' | 'user' = 'lead',
): Case => ({
  action,
  outside: true,
  repeats: true,
  request: async () => ({ path: `/contacts/${(await contact(role)).id}${path}`, body }),
});

/** A reward that is due. */
async function reward(): Promise<string> {
  await qualified();
  return dataOf(await api.get('/rewards?status=due&limit=1'))[0]?.id ?? '';
}

/** Of one reward, checked. */
async function bulkChange(): Promise<string> {
  const [row] = await app.query<{ person: string }>('select person_id as person from rewards where id = $1', [
    await reward(),
  ]);
  const id = await startBulkChange(app.ctx, 'sandbox', 'approve', { personId: row?.person, status: 'due' });
  const ready = async () => (await previewBulkChange(app.ctx, 'sandbox', id)).bulk.state;
  await expect.poll(ready).toBe('ready');
  return id;
}

const viewFields = () => ({ list: 'rewards', query: 'status=issued', name: randomUUID(), shared: 'on' });

async function sharedView(): Promise<string> {
  const { name } = viewFields();
  await desk.post('/console/views', { ...viewFields(), name });
  const [row] = await app.query<{ id: string }>('select id from saved_views where name = $1', [name]);
  return row?.id ?? '';
}

const rewarding = (change: RewardChange): Case => ({
  action: `reward.${change}`,
  request: async () => ({ path: `/rewards/${change}`, body: { ids: [await reward()] } }),
});

/** By method and path. Routes that change nothing are `null`. */
const routes: Record<string, Case | null> = {
  'POST /campaigns': {
    action: 'campaign.create',
    request: async () => ({
      path: '/campaigns',
      body: { name: randomUUID(), destination_url: 'https://example.com' },
    }),
  },
  'PATCH /campaigns/:id': changes(
    'campaign.change',
    (id) => `/campaigns/${id}`,
    () => campaignFor(api),
    {
      settings: { expires_after_days: 5 },
    },
  ),
  'POST /referrers': {
    action: 'referrer.create',
    request: async () => ({
      path: '/referrers',
      body: { campaign_id: campaign, person: { email: unique() } },
    }),
  },
  'POST /referrals': {
    action: 'referral.create',
    request: async () => ({ path: '/referrals', body: { code, person: { email: unique() } } }),
  },
  'POST /referrals/:id/qualify': changes(
    'referral.qualify',
    (id) => `/referrals/${id}/qualify`,
    referral,
    {},
  ),
  'POST /referrals/:id/disqualify': changes(
    'referral.disqualify',
    (id) => `/referrals/${id}/disqualify`,
    referral,
    { reason: 'test' },
  ),
  'POST /referrals/:id/reopen': changes('referral.reopen', (id) => `/referrals/${id}/reopen`, qualified, {}),
  'POST /rewards/approve': rewarding('approve'),
  'POST /rewards/issue': rewarding('issue'),
  'POST /rewards/cancel': rewarding('cancel'),
  'POST /rules': {
    action: 'rule.create',
    request: async () => ({
      path: '/rules',
      body: { campaign_id: campaign, name: randomUUID(), definition: definition() },
    }),
    repeats: true,
  },
  'PATCH /rules/:id': changes('rule.change', (id) => `/rules/${id}`, rule, { enabled: false }),
  'DELETE /rules/:id': changes('rule.delete', (id) => `/rules/${id}`, rule),
  'POST /rules/:id/apply': {
    ...changes('rule.apply', (id) => `/rules/${id}/apply`, rule, {}),
    repeats: true,
  },
  'POST /rules/dry-run': null,
  'POST /deliveries/:id/replay': {
    ...changes('delivery.replay', (id) => `/deliveries/${id}/replay`, delivery, {}),
    repeats: true,
  },
  'POST /runs/retry': {
    action: 'runs.retry',
    async request() {
      await run();
      return { path: '/runs/retry', body: {} };
    },
    repeats: true,
  },
  'POST /runs/:id/dismiss': changes('run.dismiss', (id) => `/runs/${id}/dismiss`, run, { reason: 'known' }),
  'POST /runs/:id/retry': {
    ...changes('run.retry', (id) => `/runs/${id}/retry`, run, {}),
    repeats: true,
  },
  'POST /imports': {
    action: 'import.create',
    request: async () => ({ path: '/imports?start=false', file: `email\n${unique()}\n` }),
    repeats: true,
  },
  'POST /imports/:id/start': changes(
    'import.start',
    (id) => `/imports/${id}/start`,
    () => importOf(false),
    {},
  ),
  'POST /imports/:id/pause': changes('import.pause', (id) => `/imports/${id}/pause`, runningImport, {}),
  'POST /imports/:id/resume': changes(
    'import.resume',
    (id) => `/imports/${id}/resume`,
    () => importOf(false),
    {},
  ),
  'POST /imports/:id/cancel': changes(
    'import.cancel',
    (id) => `/imports/${id}/cancel`,
    () => importOf(false),
    {},
  ),
  'POST /imports/:id/retry': changes('import.retry', (id) => `/imports/${id}/retry`, failedImport, {}),
  'POST /contacts': {
    action: 'contact.create',
    outside: true,
    repeats: true,
    request: async () => ({ path: '/contacts', body: { role: 'lead', email: unique() } }),
  },
  'POST /contacts/convert-visitor': null,
  'PATCH /contacts/:id': acting('contact.update', '', { name: 'Another Name' }),
  'POST /contacts/:id/convert': acting('contact.convert', '/convert'),
  'POST /contacts/:id/tags': acting('contact.tag', '/tags', { add: ['Walked'], remove: [] }),
  'POST /contacts/:id/notes': acting('contact.note', '/notes', { body: 'Walked' }),
  'POST /contacts/:id/companies': acting('contact.attach_company', '/companies', {
    id: 'walked',
    name: 'Walked',
    create: true,
  }),
  'POST /contacts/:id/events': acting('contact.track_event', '/events', { event_name: 'walked' }, 'user'),
  'POST /contacts/:id/archive': acting('contact.archive', '/archive'),
  'POST /contacts/:id/unarchive': acting('contact.unarchive', '/unarchive'),
  'DELETE /contacts/:id': acting('contact.delete', ''),
  'PATCH /settings': {
    action: 'settings.change',
    request: async () => ({
      path: '/settings',
      body: { card_actions: { daily_cap: 200 + Math.floor(Math.random() * 1_000) } },
    }),
  },
  'POST /connections': {
    action: 'connection.connect',
    request: async () => ({ path: '/connections', body: connection() }),
    repeats: true,
  },
  'POST /connections/compare': {
    action: 'connection.compare',
    request: async () => ({
      path: '/connections/compare',
      body: { platform: 'referral-factory', repair: false },
    }),
    repeats: true,
  },
  'POST /backfills': {
    action: 'backfill.start',
    request: async () => ({ path: '/backfills', body: { from: 'campaign', campaign_id: campaign } }),
    repeats: true,
  },
  'POST /backfills/:id/confirm': changes('backfill.confirm', (id) => `/backfills/${id}/confirm`, counted, {}),
  'POST /backfills/:id/cancel': changes('backfill.cancel', (id) => `/backfills/${id}/cancel`, counted, {}),
  'POST /sync-checks': {
    action: 'sync_check.start',
    request: async () => ({ path: '/sync-checks', body: {} }),
    repeats: true,
  },
  'POST /recoveries/:id/resume': changes(
    'recovery.resume',
    (id) => `/recoveries/${id}/resume`,
    failedRecovery,
    {},
  ),
  'POST /sync-checks/:id/repair': changes(
    'sync_check.repair',
    (id) => `/sync-checks/${id}/repair`,
    syncCheck,
    { all: true },
  ),
  'POST /erasures': {
    action: 'erasure.start',
    async request() {
      const email = unique();
      idOf(await api.post('/referrals', { code, person: { email } }));
      await settled(app);
      return { path: '/erasures', body: { email } };
    },
    repeats: true,
  },
  'POST /campaigns/:id/enrollment/preview': null,
  'POST /campaigns/:id/enrollment/attributes': {
    action: 'attributes.create',
    outside: true,
    async request() {
      const { path } = (await sideOf('leads')['/campaigns/:id/leads/missing']?.form()) ?? { path: '' };
      return { path: path.replace('/leads/missing', '/enrollment/attributes'), body: {} };
    },
  },
  'POST /enrollments/:id/retry': {
    action: 'enrollment.retry',
    async request() {
      const id = await referral();
      const [row] = await app.query<{ id: string }>('select id from enrollments where referral_id = $1', [
        id,
      ]);
      return { path: `/enrollments/${row?.id}/retry`, body: {} };
    },
    repeats: true,
  },
  'POST /backfills/:id/pause': changes('backfill.pause', (id) => `/backfills/${id}/pause`, running, {}),
  'POST /backfills/:id/resume': changes('backfill.resume', (id) => `/backfills/${id}/resume`, paused, {}),
  'POST /reviews/:id/decide': {
    action: 'review.decide',
    request: async () => ({ path: `/reviews/${(await review()).id}/decide`, body: { create: true } }),
  },
};

function connection() {
  const base_url = `${app.sandbox.url}/referral-factory/api/v2`;
  return { platform: 'referral-factory', base_url, token: 'sandbox-referral-token' };
}

type Fields = Record<string, string | string[]>;
type FormCase = Omit<Case, 'request'> & { form(): Promise<{ path: string; fields?: Fields }> };

const formOf = (
  action: AuditAction,
  path: (id: string) => string,
  made: () => Promise<string>,
  fields: Fields = {},
) => ({
  action,
  form: async () => ({ path: path(await made()), fields }),
});

const attemptFields = Object.fromEntries(workKindNames.map((kind) => [`attempts.${kind}`, '']));

const settingsForm = () => ({
  ...{ qualify: 'on', disqualify: 'on', reopen: 'on', attributes: 'on', tag: 'on', event: 'on' },
  ...{ daily_cap: String(200 + Math.floor(Math.random() * 1_000)), 'attempts.default': '5' },
  ...attemptFields,
});

const channelForm = (): Fields => ({
  ...{ name: `#${randomUUID()}`, url: `${app.sandbox.url}/slack/alerts`, failures: 'on' },
});

async function alertChannel(): Promise<string> {
  const { name, ...fields } = channelForm();
  await desk.submit('/console/alerts/channels', { name: String(name), ...fields });
  const [row] = await app.query<{ id: string }>('select id from alert_channels where name = $1', [name]);
  return row?.id ?? '';
}

/** A reward that is due on Referral Factory. */
function dueOnPlatform(): string {
  const { world } = app.sandbox;
  const id = world.newNumericId();
  const about = { reward_id: '1', metric: 'amount' as const, state: 'due' as const };
  world.referralFactory.rewards.put({ id, ...about, recipient_id: '88120', lead_id: '88475' });
  return id;
}

const webhookAddress = () => `${app.sandbox.url}/no-such-system/${randomUUID()}`;

async function rewardWebhook(): Promise<string> {
  await desk.post('/console/reward-webhook', { url: webhookAddress() });
  return '';
}

const sideForm: Fields = {
  ...{ action: 'create-user', email: 'required', duplicates: 'nothing' },
  ...{ lead_where_user_wanted: 'convert', archived: 'report', do: 'save' },
  ...{ 'row.0.type': 'field', 'row.0.from': 'person.email', 'row.0.to': 'email' },
};

/** A campaign with something in its draft. */
async function drafted(): Promise<string> {
  const id = await campaignFor(api);
  await desk.submit(`/console/campaigns/${id}/settings`, { expires_after_days: '9', ...attemptFields });
  return id;
}

async function publish(id: string): Promise<void> {
  const { html } = await desk.get(`/console/campaigns/${id}/publish`);
  await desk.submit(`/console/campaigns/${id}/publish`, {
    revision: /name="revision" value="([^"]+)"/.exec(html)?.[1] ?? '',
  });
}

async function teammateId(): Promise<string> {
  const [, second] = app.sandbox.world.admins.all();
  await signIn(app, second?.id);
  return second?.id ?? '';
}

/** The session of another browser of the administrator. */
async function session(): Promise<string> {
  await signIn(app);
  const [row] = await app.query<{ id: string }>(
    `select id from sessions where teammate_id = '7310001' order by created_at desc, last_seen_at desc limit 1`,
  );
  return row?.id ?? '';
}

const ruleForm = (): Fields => ({
  ...{
    name: `Rule ${randomUUID()}`,
    outcome: 'qualify',
    holds_for_days: '',
    sale_value_from: '',
    enabled: 'on',
  },
  ...{ 'when.match': 'all', 'when.0.attribute': 'custom_attributes.plan', 'when.0.operator': 'is' },
  ...{ 'when.0.value': 'pro', do: 'save' },
});

const ruleIn = async (path: string) => `/campaigns/${campaign}/rules/${await rule()}${path}`;

const sideOf = (side: 'leads' | 'referrers'): Record<string, FormCase> => ({
  [`/campaigns/:id/${side}`]: formOf(
    'campaign.draft',
    (id) => `/campaigns/${id}/${side}`,
    () => campaignFor(api),
    sideForm,
  ),
  [`/campaigns/:id/${side}/missing`]: {
    action: 'attributes.create',
    outside: true,
    async form() {
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
      return { path: `/campaigns/${id}/${side}/missing` };
    },
  },
  [`/campaigns/:id/${side}/attribute`]: {
    action: 'attributes.create',
    outside: true,
    form: async () => ({
      path: `/campaigns/${await campaignFor(api)}/${side}/attribute`,
      fields: { name: `walk_${randomUUID().slice(0, 8)}`, kind: 'string' },
    }),
  },
});

const forms: Record<string, FormCase | null> = {
  '/campaigns/new': {
    action: 'campaign.create',
    form: async () => ({
      path: '/campaigns/new',
      fields: { name: randomUUID(), destination_url: 'https://example.com' },
    }),
  },
  '/campaigns/:id': formOf(
    'campaign.change',
    (id) => `/campaigns/${id}`,
    () => campaignFor(api),
    {
      ...{ name: `Renamed ${randomUUID()}`, destination_url: 'https://example.com' },
    },
  ),
  ...sideOf('leads'),
  ...sideOf('referrers'),
  '/campaigns/:id/rules/:rule': {
    action: 'campaign.draft',
    form: async () => ({ path: `/campaigns/${campaign}/rules/new`, fields: ruleForm() }),
    repeats: true,
  },
  '/campaigns/:id/rules/:rule/remove': {
    action: 'campaign.draft',
    form: async () => ({ path: await ruleIn('/remove') }),
  },
  '/campaigns/:id/rules/:rule/apply': {
    action: 'rule.apply',
    form: async () => ({ path: await ruleIn('/apply') }),
    repeats: true,
  },
  '/campaigns/:id/settings': formOf(
    'campaign.draft',
    (id) => `/campaigns/${id}/settings`,
    () => campaignFor(api),
    { expires_after_days: '7', ...attemptFields },
  ),
  '/campaigns/:id/join-page': formOf(
    'campaign.change',
    (id) => `/campaigns/${id}/join-page`,
    () => campaignFor(api),
    { slug: randomUUID().slice(0, 8), text: 'Give 10, get 10.', color: '', consent: '' },
  ),
  '/campaigns/:id/publish': {
    action: 'campaign.publish',
    async form() {
      const path = `/campaigns/${await drafted()}/publish`;
      const { html } = await desk.get(`/console${path}`);
      return { path, fields: { revision: /name="revision" value="([^"]+)"/.exec(html)?.[1] ?? '' } };
    },
  },
  '/campaigns/:id/state/:change': formOf(
    'campaign.pause',
    (id) => `/campaigns/${id}/state/pause`,
    () => campaignFor(api),
  ),
  '/campaigns/:id/last-day': formOf(
    'campaign.set_end',
    (id) => `/campaigns/${id}/last-day`,
    () => campaignFor(api),
    { ends_on: '2999-12-24' },
  ),
  '/campaigns/:id/duplicate': {
    action: 'campaign.duplicate',
    form: async () => ({
      path: `/campaigns/${await campaignFor(api)}/duplicate`,
      fields: { name: randomUUID() },
    }),
  },
  '/campaigns/:id/discard': formOf('campaign.discard_draft', (id) => `/campaigns/${id}/discard`, drafted),
  '/campaigns/:id/versions/:number/restore': {
    action: 'campaign.draft',
    async form() {
      const id = await drafted();
      await publish(id);
      return { path: `/campaigns/${id}/versions/1/restore` };
    },
  },
  '/people/referrers': {
    action: 'referrer.create',
    form: async () => ({ path: '/people/referrers', fields: { campaign, email: unique() } }),
  },
  '/people/referrals': {
    action: 'referral.create',
    form: async () => ({ path: '/people/referrals', fields: { campaign, email: unique(), referrer: code } }),
  },
  // A list comes as multipart: test/people/people-imports.test.ts finds its entry.
  '/people/imports': null,
  '/people/imports/:id/columns': {
    ...formOf(
      'people_import.map',
      (id) => `/people/imports/${id}/columns`,
      () => peopleList('unmapped'),
      { 'column.0': 'email' },
    ),
    // The list is checked again.
    repeats: true,
  },
  '/people/imports/:id/:change': formOf(
    'people_import.cancel',
    (id) => `/people/imports/${id}/cancel`,
    () => peopleList('checked'),
  ),
  '/people/:id/referrals/:referralId/:change': {
    action: 'referral.qualify',
    async form() {
      const id = await referral();
      const [row] = await app.query<{ person: string }>(
        'select person_id as person from referrals where id = $1',
        [id],
      );
      return {
        path: `/people/${row?.person}/referrals/${id}/qualify`,
        fields: { nonce: randomUUID(), reason: '' },
      };
    },
    outside: true,
  },
  '/people/:id/convert': null,
  '/run-log/deliveries/replay': {
    action: 'deliveries.replay',
    async form() {
      await delivery();
      return { path: '/run-log/deliveries/replay' };
    },
    repeats: true,
  },
  '/run-log/deliveries/dismiss': {
    action: 'deliveries.dismiss',
    form: async () => {
      await delivery();
      return { path: '/run-log/deliveries/dismiss' };
    },
  },
  '/run-log/deliveries/:id/dismiss': formOf(
    'delivery.dismiss',
    (id) => `/run-log/deliveries/${id}/dismiss`,
    delivery,
  ),
  '/run-log/deliveries/:id/replay': {
    ...formOf('delivery.replay', (id) => `/run-log/deliveries/${id}/replay`, delivery),
    repeats: true,
  },
  '/run-log/retry': {
    action: 'runs.retry',
    async form() {
      await run();
      return { path: '/run-log/retry' };
    },
    repeats: true,
  },
  '/run-log/dismiss': {
    action: 'runs.dismiss',
    form: async () => {
      await run();
      return { path: '/run-log/dismiss' };
    },
  },
  '/run-log/:id/dismiss': formOf('run.dismiss', (id) => `/run-log/${id}/dismiss`, run),
  '/run-log/:id/retry': { ...formOf('run.retry', (id) => `/run-log/${id}/retry`, run), repeats: true },
  '/backfills': {
    action: 'backfill.start',
    form: async () => ({
      path: '/backfills',
      fields: { campaign, whom: 'members all' },
    }),
    repeats: true,
  },
  '/backfills/:id/:change': formOf('backfill.confirm', (id) => `/backfills/${id}/confirm`, counted),
  // A file comes as multipart: test/imports/console-imports.test.ts finds its entry.
  '/imports': null,
  '/imports/:id/:press': formOf(
    'import.cancel',
    (id) => `/imports/${id}/cancel`,
    () => importOf(false),
  ),
  '/rewards/receipts': null,
  // Its work leaves an entry for each reward, meanwhile.
  '/rewards/receipts/:id/issue': {
    ...formOf(
      'receipts.issue',
      (id) => `/rewards/receipts/${id}/issue`,
      async () => {
        const lines = [{ line: 2, rewardId: await reward(), reference: 'R-1', amount: null, problem: null }];
        return keepReceipts(app.ctx, 'sandbox', { name: 'receipts.csv', lines });
      },
    ),
    repeats: true,
  },
  '/rewards/bulk': null,
  // Its work leaves an entry for each reward, too.
  '/rewards/bulk/:id/confirm': {
    ...formOf('rewards.change', (id) => `/rewards/bulk/${id}/confirm`, bulkChange),
    repeats: true,
  },
  '/rewards/bulk/:id/cancel': null,
  '/views': {
    action: 'view.share',
    form: async () => ({ path: '/views', fields: viewFields() }),
  },
  '/views/:id/delete': formOf('view.delete', (id) => `/views/${id}/delete`, sharedView),
  '/rewards/:change': {
    action: 'reward.issue',
    form: async () => ({ path: '/rewards/issue', fields: { ids: await reward() } }),
  },
  '/rewards/send': {
    action: 'reward.send',
    async form() {
      const issuing = await campaignFor(api, { rewards: tenEuros, auto_issue: true });
      const referrer = codeOf(
        await api.post('/referrers', { campaign_id: issuing, person: { email: unique() } }),
      );
      const referred = idOf(await api.post('/referrals', { code: referrer, person: { email: unique() } }));
      await api.post(`/referrals/${referred}/qualify`);
      await rewardWebhook();
      const [due] = dataOf(await api.get(`/rewards?campaign_id=${issuing}`));
      return { path: '/rewards/send', fields: { ids: due?.id ?? '' } };
    },
    // The sandbox has no such system: it fails, and may be sent again.
    repeats: true,
  },
  '/rewards/on/:platform': {
    action: 'platform_reward.issue',
    outside: true,
    async form() {
      const id = dueOnPlatform();
      return { path: '/rewards/on/referral-factory', fields: { change: 'issue', ids: id } };
    },
  },
  '/rewards/undo': {
    action: 'reward.undo',
    async form() {
      const { location } = await desk.post('/console/rewards/issue', { ids: await reward() });
      return { path: '/rewards/undo', fields: { change: location?.split('changed=')[1] ?? '' } };
    },
  },
  '/reviews/:id/decide': {
    action: 'review.decide',
    form: async () => ({ path: `/reviews/${(await review()).id}/decide`, fields: { decision: 'create' } }),
  },
  '/sync-checks': {
    action: 'sync_check.start',
    form: async () => ({ path: '/sync-checks', fields: { campaign: '' } }),
    repeats: true,
  },
  '/sync-checks/recoveries/:id/resume': formOf(
    'recovery.resume',
    (id) => `/sync-checks/recoveries/${id}/resume`,
    failedRecovery,
  ),
  '/sync-checks/:id/repair': formOf('sync_check.repair', (id) => `/sync-checks/${id}/repair`, syncCheck, {
    row: 'all',
  }),
  '/connect/:platform': {
    action: 'connection.connect',
    form: async () => ({ path: '/connect/referral-factory', fields: connection() }),
    repeats: true,
  },
  '/connect/:platform/test': null,
  '/connect/:platform/secret': {
    action: 'connection.change_secret',
    form: async () => ({ path: '/connect/referral-factory/secret' }),
    repeats: true,
  },
  '/connect/:platform/compare': {
    action: 'connection.compare',
    form: async () => ({ path: '/connect/referral-factory/compare', fields: { repair: 'no' } }),
    repeats: true,
  },
  '/settings': {
    action: 'settings.change',
    form: async () => ({ path: '/settings', fields: settingsForm() }),
  },
  '/access/sessions/end': {
    action: 'session.end',
    form: async () => ({ path: '/access/sessions/end', fields: { id: await session() } }),
  },
  '/access/sessions/end-all': {
    action: 'session.end_all',
    form: async () => ({ path: '/access/sessions/end-all' }),
  },
  '/alerts': {
    action: 'alerts.choose',
    form: async () => ({ path: '/alerts', fields: { digest: 'on' } }),
  },
  '/alerts/test': null,
  '/alerts/channels': {
    action: 'alerts.add_channel',
    form: async () => ({ path: '/alerts/channels', fields: channelForm() }),
    repeats: true,
  },
  '/alerts/channels/:id/test': null,
  '/alerts/channels/:id/remove': formOf(
    'alerts.remove_channel',
    (id) => `/alerts/channels/${id}/remove`,
    alertChannel,
  ),
  '/reward-webhook': {
    action: 'reward_webhook.set',
    form: async () => ({ path: '/reward-webhook', fields: { url: webhookAddress() } }),
  },
  '/reward-webhook/test': null,
  '/reward-webhook/rotate': {
    ...formOf('reward_webhook.rotate', () => '/reward-webhook/rotate', rewardWebhook),
    repeats: true,
  },
  '/reward-webhook/remove': formOf('reward_webhook.remove', () => '/reward-webhook/remove', rewardWebhook),
  '/access/teammates/role': {
    action: 'teammate.change_role',
    form: async () => ({
      path: '/access/teammates/role',
      fields: { id: await teammateId(), role: 'administrator' },
    }),
  },
  '/access/teammates/remove': {
    action: 'teammate.remove',
    form: async () => ({ path: '/access/teammates/remove', fields: { id: await teammateId() } }),
  },
  '/access/teammates/restore': {
    action: 'teammate.restore',
    async form() {
      const [, second] = app.sandbox.world.admins.all();
      await desk.post('/console/access/teammates/remove', { id: second?.id ?? '' });
      return { path: '/access/teammates/restore', fields: { id: second?.id ?? '' } };
    },
  },
  '/access/tokens': {
    action: 'api_token.create',
    form: async () => ({ path: '/access/tokens', fields: { name: 'Walked' } }),
    repeats: true,
  },
  '/access/tokens/revoke': {
    action: 'api_token.revoke',
    async form() {
      await app.apiToken('sandbox', 'to be revoked');
      const [row] = await app.query<{ jti: string }>(
        `select jti from api_tokens where name = 'to be revoked' and revoked_at is null`,
      );
      return { path: '/access/tokens/revoke', fields: { jti: row?.jti ?? '' } };
    },
  },
  '/access/data/erase': {
    action: 'erasure.start',
    async form() {
      const email = unique();
      idOf(await api.post('/referrals', { code, person: { email } }));
      await settled(app);
      return { path: '/access/data/erase', fields: { email, sure: 'on' } };
    },
    repeats: true,
  },
};

/** The card of a contact that was just added as a referral. */
async function credited() {
  const { id } = await contact();
  const form = await (await openCard(app, { id })).press('Add as referral');
  return form.press('Add as referral', { referrer: code, campaign });
}

/** What each button of the card changes; those that only lead on are `null`. */
const buttons: Record<Action['do'], { action: AuditAction; press(): Promise<void> } | null> = {
  home: null,
  refresh: null,
  'show-referral': null,
  'show-referrer': null,
  'show-campaigns': null,
  'show-answer': null,
  'show-referrer-answer': null,
  'ask-unlink': null,
  'ask-unlink-referrer': null,
  'start-conversion': null,
  'preview-merge': null,
  unarchive: null,
  'ask-status': null,
  'ask-credit': null,
  'ask-undo-credit': null,
  'confirm-credit': {
    action: 'referral.create',
    press: async () => void (await credited()),
  },
  'confirm-undo-credit': {
    action: 'referral.undo_credit',
    async press() {
      const details = await (await credited()).press('More');
      await (await details.press('Undo credit')).press('Undo credit');
    },
  },
  'choose-person': {
    action: 'person.link',
    press: async () => void (await (await openCard(app, { id: await ambiguous() })).choose('Ambiguous')),
  },
  'confirm-unlink': {
    action: 'person.unlink',
    async press() {
      const id = await ambiguous();
      await (await openCard(app, { id })).choose('Ambiguous');
      const asked = await (await (await openCard(app, { id })).press('More')).press('Not this person');
      await asked.press('Confirm');
    },
  },
  'confirm-unlink-referrer': {
    action: 'person.unlink',
    async press() {
      const { id, email } = await contact();
      const person = { email: unique() };
      const referrer = idOf(await api.post('/referrers', { campaign_id: campaign, person }));
      const referred = idOf(await api.post('/referrals', { referrer_id: referrer, person: { email } }));
      await settled(app);
      await app.query('update people set contact_id = $1 where email in ($2, $3)', [id, email, person.email]);
      await pressId(app, { id }, `confirm-unlink-referrer:${referred}`);
    },
  },
  'answer-review': {
    action: 'review.decide',
    async press() {
      const { contactId } = await review();
      await (await openCard(app, { id: contactId })).press('Yes: update this contact');
    },
  },
  'confirm-role-change': {
    action: 'contact.convert',
    async press() {
      const { id } = await contact();
      const preview = await (await openCard(app, { id })).press('Convert to user');
      await preview.press('Confirm', { external_id: randomUUID() });
    },
  },
  'confirm-merge': {
    action: 'contact.convert',
    async press() {
      const { id, email } = await contact();
      await intercom(app, 'POST', '/contacts', { role: 'user', email });
      await settled(app);
      const preview = await (await openCard(app, { id })).press('Convert to user');
      await preview.press('Merge into existing user');
    },
  },
  'confirm-status': {
    action: 'referral.qualify',
    async press() {
      const { id, email } = await contact();
      idOf(await api.post('/referrals', { code, person: { email } }));
      await settled(app);
      const asked = await (await (await openCard(app, { id })).press('More')).press('Qualify');
      await asked.press('Qualify referral');
    },
  },
};

const sent = async ({ path, body, file }: Request, method: string) =>
  file === undefined
    ? api.send(method, path, body === undefined ? {} : { body: JSON.stringify(body) })
    : api.send(method, path, { headers: { 'content-type': 'text/csv' }, body: file });

/** Sends what changes something: first while entries are refused, then as it is, then once more. */
async function expectOneEntry(
  walked: Pick<Case, 'action' | 'repeats' | 'outside'>,
  actor: Entry['actor'],
  send: () => Promise<number>,
): Promise<void> {
  const before = await lastEntry();
  if (!walked.outside) {
    expect(await withoutAudit(send), 'without the audit log').toBeGreaterThanOrEqual(400);
    expect(await entriesAfter(before)).toEqual([]);
  }
  expect(await send(), 'the change').toBeLessThan(400);
  const added = () => entriesAfter(before);
  await expect.poll(added, { timeout: 10_000 }).toMatchObject([{ action: walked.action, actor }]);
  // What was started may write entries of its own, which must not be taken for those of the next case.
  if (walked.repeats) return settled(app);
  await send();
  expect(await added(), 'the same again').toHaveLength(1);
}

describe('A write route of the API', () => {
  const writes = apiTable.filter(({ method }) => method !== 'get');
  const name = ({ method, path }: (typeof writes)[number]) => `${method.toUpperCase()} ${path}`;

  it('is walked here, whichever it is', () => {
    expect(Object.keys(routes).toSorted()).toEqual(writes.map(name).toSorted());
  });

  it.each(Object.entries(routes).flatMap(([name, walked]) => (walked ? [[name, walked] as const] : [])))(
    'leaves its entry, and none where nothing is changed: %s',
    async (name, walked) => {
      const request = await walked.request();
      const [method = ''] = name.split(' ');
      const actor = { kind: 'api', name: 'walk' };
      await expectOneEntry(walked, actor, async () => (await sent(request, method)).status);
    },
  );

  it.each(writes.filter(({ path }) => path.includes(':id')).map((route) => [name(route), route] as const))(
    'leaves none for what is not there: %s',
    async (_name, { method, path }) => {
      const before = await lastEntry();
      const answer = await sent({ path: path.replace(':id', randomUUID()), body: {} }, method.toUpperCase());
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await entriesAfter(before)).toEqual([]);
    },
  );
});

describe('A form of the console', () => {
  it('is walked here, whichever it is', () => {
    const posts = consoleTable.filter(({ method }) => method === 'post').map(({ path }) => path);
    expect(Object.keys(forms).toSorted()).toEqual(posts.toSorted());
  });

  it.each(Object.entries(forms).flatMap(([name, walked]) => (walked ? [[name, walked] as const] : [])))(
    'leaves its entry, and none where nothing is changed: %s',
    async (_name, walked) => {
      const { path, fields } = await walked.form();
      const actor = { kind: 'teammate', name: 'Aoife Brennan' };
      await expectOneEntry(walked, actor, async () => (await desk.post(`/console${path}`, fields)).status);
      desk = await signIn(app);
    },
  );
});

describe('A button of the card', () => {
  it.each(Object.entries(buttons).flatMap(([name, walked]) => (walked ? [[name, walked] as const] : [])))(
    'leaves its entry: %s',
    async (_name, { action, press }) => {
      const before = await lastEntry();
      await press();
      const actor = { kind: 'teammate', name: 'Aoife Brennan' };
      const added = async () =>
        (await entriesAfter(before)).filter((entry) => entry.actor.kind === 'teammate');
      await expect
        .poll(added, { timeout: 10_000 })
        .toEqual(expect.arrayContaining([expect.objectContaining({ action, actor })]));
    },
  );
});

describe('A change by a rule', () => {
  it('leaves the entry of what it changed, by the name of the rule', async () => {
    const name = `Ruled ${randomUUID()}`;
    const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
    const ruled = await campaignWithRule(app, name, { when });
    const { id, email } = await contact();
    idOf(await api.post('/referrals', { campaign_id: ruled, person: { email } }));
    await settled(app);
    const before = await lastEntry();
    await intercom(app, 'PUT', `/contacts/${id}`, { custom_attributes: { plan: 'pro' } });
    const added = () => entriesAfter(before);
    const entry = { action: 'referral.qualify', actor: { kind: 'rule', name } };
    await expect.poll(added, { timeout: 10_000 }).toMatchObject([entry]);
  });
});

it('Every entry of the audit log is read by the API, newest first, page by page and filtered', async () => {
  type Page = { data: (Entry & { summary: string; at: string })[]; next: string | null };
  const page = async (query: string) => (await api.get(`/audit?${query}`)).body as Page;
  const { data, next } = await page('limit=2');
  const rest = await page(`limit=2&cursor=${next}`);
  const ids = [...data, ...rest.data].map(({ id }) => Number(id));
  expect(ids).toEqual(ids.toSorted((a, b) => b - a));
  expect(new Set(ids).size).toBe(4);
  const { data: issued } = await page('action=api_token.create&actor=command&limit=100');
  expect(issued).toContainEqual(
    expect.objectContaining({ actor: { kind: 'command', id: null, name: 'The command line' } }),
  );
  expect(issued.find(({ summary }) => summary === 'created the API token “walk”')).toBeDefined();
  const { data: ofCampaign } = await page(`subject_type=campaign&subject_id=${campaign}&limit=100`);
  expect(ofCampaign.at(-1)).toMatchObject({
    action: 'campaign.create',
    subject: { type: 'campaign', id: campaign },
  });
  expect((await api.get('/audit?action=nothing.known')).status).toBe(422);
  expect(Object.keys(auditActions)).toContain(issued[0]?.action);
});
