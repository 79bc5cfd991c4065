// The run log by /api/v1 and by `npm run runs`: listed, filtered, read, tried again, and only by its own workspace.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Api, type Caller, dataOf, startApi } from '../support/api.ts';
import { type Ran, runCommandHere } from '../support/process/command.ts';
import { changeStatus, newRun } from '../support/runs.ts';

let api: Api;
let caller: Caller;

beforeAll(async () => {
  api = await startApi();
  caller = await api.caller('w');
});
afterAll(() => api?.close());

const referralId = randomUUID();

/** Its id. What `state` does not say is as of a run that was just recorded. */
async function add(wanted: Partial<Parameters<typeof newRun>[0]>, state: Record<string, unknown> = {}) {
  const run = newRun({ subject: 'ann', ...wanted });
  const row: Record<string, unknown> = {
    ...{
      id: randomUUID(),
      workspace_id: run.workspaceId,
      subject: run.subject,
      deduplication_key: run.deduplicationKey,
    },
    ...{ kind: run.work.kind, work: run.work, cause: run.cause, max_attempts: run.maxAttempts },
    referral_id: run.work.kind === 'change-status' ? run.work.referralId : null,
    contact_id: run.contactId ?? null,
    due_at: run.dueAt ?? new Date(),
    ...{ state: 'waiting', created_at: new Date(), ...state },
  };
  const columns = Object.keys(row);
  await api.query(
    `insert into runs (${columns}) values (${columns.map((_, at) => `$${at + 1}`)})`,
    Object.values(row),
  );
  return String(row.id);
}

const failed = { state: 'failed', attempts: 3, error: 'Intercom answered 400: no such attribute' };

test('a failed run is shown with its error, its attempts and what was asked', async () => {
  const id = await add(
    { contactId: 'c1', cause: 'Qualified by rule Paid plan' },
    { ...failed, attempted_at: new Date(), finished_at: new Date(), exchange: { request: 1, answer: 400 } },
  );
  const answer = await caller.get(`/runs/${id}`);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    id,
    kind: 'write-back',
    state: 'failed',
    attempts: 3,
    max_attempts: 3,
    error: failed.error,
    cause: 'Qualified by rule Paid plan',
    contact_id: 'c1',
    next_try_at: null,
    work: { kind: 'write-back', contactId: 'contact' },
    exchange: { request: 1, answer: 400 },
  });
});

test('runs are listed newest first, page by page, and by state, kind, referral and contact', async () => {
  await api.query('delete from runs');
  const old = await add({ contactId: 'c1' }, failed);
  const waiting = await add({ contactId: 'c2', dueAt: new Date('2099-12-01T00:00:00Z') });
  const change = await add({ work: changeStatus(referralId) });
  await add({ workspaceId: 'other' });
  const ids = async (query: string) => dataOf(await caller.get(`/runs${query}`)).map((run) => run.id);
  expect(await ids('')).toEqual([change, waiting, old]);
  expect(await ids('?state=failed')).toEqual([old]);
  expect(await ids('?kind=change-status')).toEqual([change]);
  expect(await ids(`?referral_id=${referralId}`)).toEqual([change]);
  expect(await ids('?contact_id=c2')).toEqual([waiting]);
  expect((await caller.get(`/runs/${waiting}`)).body).toMatchObject({
    next_try_at: '2099-12-01T00:00:00.000Z',
  });
  const first = await caller.get('/runs?limit=2');
  const { next } = z.looseObject({ next: z.string() }).parse(first.body);
  expect(await ids(`?limit=2&cursor=${next}`)).toEqual([old]);
  expect((await caller.get('/runs?state=lost')).status).toBe(422);
});

test('a failed run is tried again with all its attempts; one that is done, or paused, is not', async () => {
  const id = await add({}, failed);
  const retried = await caller.post(`/runs/${id}/retry`);
  expect(retried.body).toMatchObject({ id, state: 'waiting', attempts: 0, finished_at: null });
  const done = await caller.post(`/runs/${await add({}, { state: 'done' })}/retry`);
  expect([done.status, done.body]).toMatchObject([409, { error: { message: 'This run is done.' } }]);
  const paused = await caller.post(`/runs/${await add({}, { paused_for: 'token' })}/retry`);
  expect([paused.status, paused.body]).toMatchObject([
    409,
    { error: { message: expect.stringContaining('installed again') } },
  ]);
  expect((await caller.post(`/runs/${randomUUID()}/retry`)).status).toBe(404);
});

test('all failed runs of a kind, or all there are, are tried again', async () => {
  await api.query('delete from runs');
  await add({}, failed);
  await add({ work: changeStatus() }, failed);
  await add({ workspaceId: 'other' }, failed);
  expect((await caller.post('/runs/retry', { kind: 'change-status' })).body).toEqual({ retried: 1 });
  expect((await caller.post('/runs/retry', {})).body).toEqual({ retried: 1 });
  expect((await caller.post('/runs/retry')).body).toEqual({ retried: 0 });
  expect((await caller.post('/runs/retry', { kind: 7 })).status).toBe(422);
});

test('another workspace sees none of them and retries none', async () => {
  const id = await add({}, failed);
  const stranger = await api.caller('stranger');
  expect((await stranger.get(`/runs/${id}`)).status).toBe(404);
  expect(dataOf(await stranger.get('/runs'))).toEqual([]);
  expect((await stranger.post(`/runs/${id}/retry`)).status).toBe(404);
  expect((await stranger.post('/runs/retry', {})).body).toEqual({ retried: 0 });
  expect((await caller.get(`/runs/${id}`)).body).toMatchObject({ state: 'failed' });
});

test('npm run runs lists them and retries one, or all that failed', async () => {
  await api.query('delete from runs');
  await api.query('delete from pgboss.job');
  await api.install('w');
  const id = await add({}, failed);
  await add({ work: changeStatus() }, failed);
  const listed = await command('list', '--workspace', 'w', '--kind', 'write-back');
  expect(listed.stdout.trim().split('\n')).toHaveLength(1);
  expect(listed.stdout).toContain(id);
  expect(listed.stdout).toContain(failed.error);
  expect((await command('retry', id, '--workspace', 'w')).stdout).toBe('1 run is scheduled again.\n');
  expect((await caller.get(`/runs/${id}`)).body).toMatchObject({ state: 'waiting', attempts: 0 });
  expect((await command('retry', '--workspace', 'w')).stdout).toBe('1 run is scheduled again.\n');
  expect(dataOf(await caller.get('/runs?state=failed'))).toEqual([]);
  const jobs = await api.query("select 1 from pgboss.job where name = 'work-runs'");
  expect(jobs).toHaveLength(2);

  const wrong = await command('retry', randomUUID(), '--workspace', 'w');
  expect(wrong).toMatchObject({ code: 1, stderr: 'Run not found.\n' });
  expect(await command('lst', '--workspace', 'w')).toMatchObject({ code: 1, stdout: '' });
});

function command(...args: string[]): Promise<Ran> {
  const { APP_SECRET } = api.environment;
  return runCommandHere('runs', args, { DATABASE_URL: api.databaseUrl, APP_SECRET });
}
