// The app is killed in the middle of a conversion: what was confirmed happens, and happens once.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { openCard, sendAgain } from '../support/teammate.ts';

let app: TestApp;
let child: ChildProcess | undefined;

beforeAll(async () => {
  app = await startTestApp({
    // Each conversion is told once, which counts them.
    settings: { ...promptSearch, lead_signed_up: true },
  });
  // Its database, sandbox and story stay; from here on the app is a process that can be killed.
  await app.stopApp();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await app?.close();
});

async function startProcess(): Promise<void> {
  const script = fileURLToPath(new URL('../support/process/app-process.ts', import.meta.url));
  const started = spawn(process.execPath, [script], {
    env: { ...process.env, ...app.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  await new Promise<void>((resolve, reject) => {
    started.stdout?.on('data', (text: Buffer) => text.toString().includes('ready') && resolve());
    started.once('exit', (code) => reject(new Error(`the app ended with ${code}`)));
  });
}

async function killProcess(): Promise<void> {
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child?.kill('SIGKILL');
  await ended;
}

const contact = (id: string) => app.sandbox.world.contacts.get(id);
const notesOn = (id: string) => app.sandbox.world.notes.all().filter((note) => note.contact_id === id);
const writesTo = (id: string) =>
  app.sandbox.world.deliveries
    .all()
    .filter((one) => one.topic === 'contact.lead.signed_up' && one.body.includes(id)).length;

test.each([
  { when: 'before Intercom did it', email: 'pending.lead@example.com', after: false },
  { when: 'after Intercom did it, before the answer came', email: 'layla.haddad@example.com', after: true },
])(
  'killed $when, it is finished by the next start, once',
  async ({ email, after }) => {
    await startProcess();
    const { id } = seededContact(email);
    const preview = await (await openCard(app, { id })).press('Convert to user');
    const fault = after ? { kind: 'cut', after: true } : { kind: 'slow', ms: 5_000 };
    await app.misbehave('/faults', { on: 'api', match: { method: 'PUT' }, times: 1, ...fault });
    if (after) {
      // It reads before it writes; the look at what the cut answer may have meant is still waiting when it is killed.
      const reads = { on: 'api', kind: 'slow', match: { method: 'GET' } };
      await app.misbehave('/faults', { ...reads, ms: 0, times: 1 });
      await app.misbehave('/faults', { ...reads, ms: 20_000, times: 'always' });
    }
    const pressed = sendAgain(app, preview.requestOf('Confirm', { external_id: `acct-${id}` })).catch(
      () => null,
    );
    await expect
      .poll(() => app.query('select 1 from conversions where contact_id = $1', [id]))
      .toHaveLength(1);
    if (after) await expect.poll(() => contact(id)?.role).toBe('user');
    await killProcess();
    await pressed;
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });

    await startProcess();
    await expect
      .poll(() => app.query('select state from conversions where contact_id = $1', [id]))
      .toEqual([{ state: 'done' }]);
    // The killed process may have taken the job of the note: that it is gone shows by its missing heartbeats.
    await expect.poll(() => notesOn(id).length).toBe(1);
    expect(contact(id)).toMatchObject({ role: 'user', external_id: `acct-${id}` });
    expect(writesTo(id)).toBe(1);
    const history = await app.query(
      "select 1 from referral_history h join referrals r on r.id = h.referral_id join people p on p.id = r.person_id where p.email = $1 and what = 'converted'",
      [email],
    );
    expect(history).toHaveLength(1);
    expect((await openCard(app, { id })).labels).not.toContain('Convert to user');
    await killProcess();
  },
  90_000,
);

test('killed between a merge and the value that was chosen in it, the value is written by the next start', async () => {
  await startProcess();
  const lead = seededContact('twin@example.com', 'lead');
  const user = seededContact('twin@example.com', 'user');
  const { contacts } = app.sandbox.world;
  for (const [id, plan] of [
    [lead.id, 'team'],
    [user.id, 'free'],
  ] as const) {
    const stored = contacts.get(id);
    if (stored) contacts.put({ ...stored, custom_attributes: { ...stored.custom_attributes, plan } });
  }
  const preview = await (await openCard(app, { id: lead.id })).press('Convert to user');
  const field = preview.components.find(({ id }) => id === 'keep.plan');
  const [, option] = (field?.options ?? []) as { id: string }[];
  await app.misbehave('/faults', {
    on: 'api',
    kind: 'slow',
    ms: 20_000,
    match: { method: 'PUT' },
    times: 'always',
  });
  const pressed = sendAgain(
    app,
    preview.requestOf('Merge into existing user', { 'keep.plan': option?.id }),
  ).catch(() => null);
  await expect.poll(() => contact(lead.id)?.merged_into).toBe(user.id);
  await killProcess();
  await pressed;
  expect(contact(user.id)?.custom_attributes.plan).toBe('free');
  await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
  await startProcess();
  // The killed process may have taken the job: that it is gone shows by its missing heartbeats.
  const written = async () => {
    // The call that was cut may count as an outage of Intercom. This test need not wait for its end.
    await app.query("update runs set due_at = now(), paused_for = null where state = 'waiting'");
    return contact(user.id)?.custom_attributes.plan;
  };
  await expect.poll(written, { timeout: 150_000, interval: 2_000 }).toBe('team');
  await killProcess();
}, 180_000);
