// Runs through the front door: Intercom refuses, is out, or asks to slow down, and what was to be written arrives once.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { install } from '../../sandbox/browser.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import { sweepRuns } from '../../src/usecases/runs/work-runs.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard } from '../support/teammate.ts';

let app: TestApp;
let token: string;
/** How far the app's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  app = await startTestApp({ overrides: { now: () => new Date(Date.now() + aheadMs) } });
  token = await app.apiToken();
});
afterAll(() => app?.close());
beforeEach(() => noFaults());

const noFaults = () => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
const onNotes = (status: number, more: object = {}) =>
  app.misbehave('/faults', {
    on: 'api',
    kind: 'status',
    status,
    match: { pattern: '/notes$' },
    times: 'always',
    ...more,
  });
const notesOn = (id: string) => app.sandbox.world.notes.all().filter((note) => note.contact_id === id);

/** Converts a lead of its own, which leads to one run that leaves a note. */
async function convertOne(): Promise<string> {
  const { world } = app.sandbox;
  const maya = world.contacts.get(seededContact('pending.lead@example.com').id);
  if (!maya) throw new Error('the story has no such lead');
  const id = world.newHexId();
  const lead = { id, external_id: crypto.randomUUID(), email: `${id}@example.com`, phone: null };
  world.contacts.put({ ...structuredClone(maya), ...lead, tag_ids: [], company_ids: [] });
  const preview = await (await openCard(app, { id })).press('Convert to user');
  expect((await preview.press('Confirm', {})).text).toContain('is now a user');
  return id;
}

/** Tries the notes that wait for another attempt, which would take up to half a minute by themselves. */
async function retryNow(): Promise<void> {
  await app.query(
    "update runs set due_at = now() - interval '1 hour' where kind = 'note' and state = 'waiting'",
  );
  await sweepRuns(app.ctx);
}

const list = z.looseObject({
  data: z.array(
    z.looseObject({
      state: z.string(),
      paused_for: z.string().nullable(),
      attempts: z.number(),
      error: z.string().nullable(),
    }),
  ),
});

async function noteRun(contactId: string) {
  const answer = await fetch(`${app.url}/api/v1/runs?kind=note&contact_id=${contactId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return list.parse(await answer.json()).data[0];
}

test('a refused token pauses the note, and installing again lets it continue by itself', async () => {
  // A grant that has ended is refused everywhere; what is refused alone is that run's own failure.
  await onNotes(401, { match: { pattern: '(/notes|^/me)$' } });
  const id = await convertOne();
  await expect
    .poll(() => noteRun(id))
    .toMatchObject({
      state: 'waiting',
      paused_for: 'token',
      attempts: 0,
      error: expect.stringMatching(/token/),
    });
  await noFaults();
  await install(app.url);
  await expect.poll(() => noteRun(id)).toMatchObject({ state: 'done', paused_for: null });
  expect(notesOn(id)).toHaveLength(1);
});

test('while Intercom is out, notes wait without using up attempts, and a probe lets all of them go on', async () => {
  await onNotes(503);
  await app.misbehave('/faults', {
    ...{ on: 'api', kind: 'status', status: 503, times: 'always', match: { path: '/me' } },
  });
  const ids = [await convertOne(), await convertOne(), await convertOne()];
  const runs = () => Promise.all(ids.map(noteRun));
  const paused = { state: 'waiting', paused_for: 'intercom', attempts: 0 };
  await expect.poll(() => retryNow().then(runs)).toMatchObject([paused, paused, paused]);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toContain('referral_desk_runs_waiting{kind="note",state="paused"} 3');
  await noFaults();
  aheadMs += 61_000;
  const done = { state: 'done' };
  await expect.poll(runs).toMatchObject([done, done, done]);
  for (const id of ids) expect(notesOn(id)).toHaveLength(1);
});

test('a rate limit is waited for as long as Intercom says, and costs no attempt', async () => {
  await onNotes(429, { times: 1, retry_after: 60 });
  const began = Date.now() + aheadMs;
  const id = await convertOne();
  const dueAt = async () => {
    const query = `select due_at from runs where kind = 'note' and state = 'waiting' and contact_id = $1`;
    return (await app.query<{ due_at: Date }>(query, [id]))[0]?.due_at.getTime();
  };
  await expect.poll(dueAt).toBeGreaterThanOrEqual(began + 60_000);
  expect(await noteRun(id)).toMatchObject({ state: 'waiting', attempts: 0 });
  aheadMs += 70_000;
  await expect.poll(() => noteRun(id)).toMatchObject({ state: 'done', attempts: 0 });
  expect(notesOn(id)).toHaveLength(1);
});

test('a note that Intercom refuses fails at once with its words, and can be tried again', async () => {
  await onNotes(400, { message: 'admin_id is unknown' });
  const id = await convertOne();
  await expect
    .poll(() => noteRun(id))
    .toMatchObject({ state: 'failed', attempts: 1, error: expect.stringContaining('admin_id is unknown') });
  await noFaults();
  const again = await fetch(`${app.url}/api/v1/runs/retry`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"kind":"note"}',
  });
  expect(await again.json()).toEqual({ retried: 1 });
  await expect.poll(() => noteRun(id)).toMatchObject({ state: 'done', attempts: 0 });
  expect(notesOn(id)).toHaveLength(1);
});

test('a call that Intercom does not allow is the failure of its own note, and pauses nothing', async () => {
  await onNotes(401);
  const id = await convertOne();
  await expect
    .poll(() => retryNow().then(() => noteRun(id)))
    .toMatchObject({
      state: 'failed',
      paused_for: null,
      attempts: 5,
      error: expect.stringContaining('Intercom does not allow this'),
    });
  await noFaults();
  const other = await convertOne();
  await expect.poll(() => noteRun(other)).toMatchObject({ state: 'done' });
});
