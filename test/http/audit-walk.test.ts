// Every write route of the API, every form of the console and every button of the card: each change leaves its audit
// entry in its own transaction, and what is refused, repeated or rolled back leaves none.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditAction, auditActions } from '../../src/domain/workspace/audit.ts';
import { apiTable } from '../../src/http/api/routes.ts';
import { consoleTable } from '../../src/http/console/routes.ts';
import { idOf } from '../support/api.ts';
import { apiCases } from '../support/audit-walk/api-cases.ts';
import { cardCases } from '../support/audit-walk/card-cases.ts';
import { formCases } from '../support/audit-walk/form-cases.ts';
import {
  api,
  app,
  type Case,
  campaign,
  contact,
  desk,
  type Request,
  signInAgain,
  startWalk,
} from '../support/audit-walk/subjects.ts';
import { campaignWithRule, intercom, settled } from '../support/changes.ts';

type Entry = {
  id: string;
  action: AuditAction;
  actor: { kind: string; name: string };
  subject: { type: string; id: string } | null;
};

beforeAll(async () => {
  await startWalk();
  await prepareRefusal();
});
afterAll(() => app?.close());

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

/** Once, as each change of a table makes every connection plan its statements again. */
async function prepareRefusal(): Promise<void> {
  await app.query('create table audit_refusals (since timestamptz)');
  await app.query(`create function refuse_audit() returns trigger language plpgsql
    as $$ begin
      if exists (select from audit_refusals) then raise exception 'no entry now' using errcode = 'P0001'; end if;
      return new;
    end $$`);
  await app.query(
    'create trigger refuse_audit before insert on audit_log for each row execute function refuse_audit()',
  );
}

/** While `work` is done, the database refuses audit entries. */
async function withoutAudit<T>(work: () => Promise<T>): Promise<T> {
  await app.query('insert into audit_refusals values (now())');
  try {
    return await work();
  } finally {
    await app.query('delete from audit_refusals');
  }
}

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

  it('is walked here, every one', () => {
    expect(Object.keys(apiCases).toSorted()).toEqual(writes.map(name).toSorted());
  });

  it.each(Object.entries(apiCases).flatMap(([name, walked]) => (walked ? [[name, walked] as const] : [])))(
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
  it('is walked here, every one', () => {
    const posts = consoleTable.filter(({ method }) => method === 'post').map(({ path }) => path);
    expect(Object.keys(formCases).toSorted()).toEqual(posts.toSorted());
  });

  it.each(Object.entries(formCases).flatMap(([name, walked]) => (walked ? [[name, walked] as const] : [])))(
    'leaves its entry, and none where nothing is changed: %s',
    async (_name, walked) => {
      const { path, fields } = await walked.form();
      const actor = { kind: 'teammate', name: 'Aoife Brennan' };
      await expectOneEntry(walked, actor, async () => (await desk.post(`/console${path}`, fields)).status);
      await signInAgain();
    },
  );
});

describe('A button of the card', () => {
  it.each(Object.entries(cardCases).flatMap(([name, walked]) => (walked ? [[name, walked] as const] : [])))(
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
  const read = [...data, ...rest.data];
  expect(read.map(({ at }) => at)).toEqual(
    read
      .map(({ at }) => at)
      .toSorted()
      .toReversed(),
  );
  expect(new Set(read.map(({ id }) => id)).size).toBe(4);
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
