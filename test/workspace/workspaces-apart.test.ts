// Two installed workspaces with the same people: the card of one shows and changes nothing of the other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededContact } from '../../sandbox/story/seed.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard, pressId } from '../support/teammate.ts';

const lead = { email: 'pending.lead@example.com' };
const stranger = { email: 'stranger@example.com' };
const other = { workspace_id: 'other' };

let app: TestApp;
/** The other workspace's person and referral. */
let theirs: { person: string; referral: string };

beforeAll(async () => {
  app = await startTestApp();
  await app.query(
    `insert into installations (workspace_id, name, region, time_zone, status, installed_by, installed_at, status_at)
     values ('other', 'Other', 'US', 'UTC', 'active', '{}', now(), now())`,
  );
  const call = await caller('other');
  const campaign = await call('campaigns', { name: 'Elsewhere', destination_url: 'https://other.example' });
  const person = { email: lead.email, external_id: 'shared-external-id', name: 'Ola Nordmann' };
  const referral = await call('referrals', { campaign_id: campaign.id, person });
  const [row] = await app.query<{ id: string }>("select id from people where workspace_id = 'other'");
  theirs = { person: row?.id ?? '', referral: referral.id };
});
afterAll(() => app?.close());

async function caller(workspaceId: string) {
  const token = await app.apiToken(workspaceId);
  return async (path: string, body: object): Promise<{ id: string }> => {
    const answer = await fetch(`${app.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(201);
    return (await answer.json()) as { id: string };
  };
}

const contactOf = (who: { email: string }) => app.sandbox.world.contacts.get(seededContact(who.email).id);

test('a person of the same email is another person in each', async () => {
  const ours = await openCard(app, lead);
  expect(ours.text).toContain('Spring');
  expect(ours.text).not.toContain('Elsewhere');
  const foreign = await openCard(app, lead, other);
  expect(foreign.text).toContain('Elsewhere');
  expect(foreign.text).not.toMatch(/Spring|Tomás/);
});

test("another workspace's external_id and stored link match no one here", async () => {
  const contact = contactOf(stranger);
  if (!contact) throw new Error('no stranger');
  await app.query('update people set contact_id = $1 where id = $2', [contact.id, theirs.person]);
  app.sandbox.world.contacts.put({ ...contact, external_id: 'shared-external-id' });
  expect((await openCard(app, stranger)).text).not.toContain('Elsewhere');
  expect((await openCard(app, stranger, other)).text).toContain('Elsewhere');
  await app.query('update people set contact_id = null where id = $1', [theirs.person]);
});

test("another workspace's referral and person cannot be named by their ids", async () => {
  const shown = await pressId(app, lead, `show-referral:${theirs.referral}`);
  expect(shown.text).not.toContain('Elsewhere');
  await pressId(app, { email: 'rafael.costa@example.com' }, `choose-person:${theirs.person}`);
  expect(await app.query('select contact_id from people where id = $1', [theirs.person])).toEqual([
    { contact_id: null },
  ]);
});

test('a conversion in another workspace leaves the contact of the same id a lead here', async () => {
  await app.query(
    `insert into conversions (id, workspace_id, contact_id, kind, person_ids, given, state, nonce, teammate_id, teammate_name, started_at)
     values (gen_random_uuid(), 'other', $1, 'role-change', '[]', '{"email":null,"externalId":null}', 'done', 'n', '1', 'Eva', now())`,
    [seededContact(lead.email).id],
  );
  expect((await openCard(app, lead)).labels).toContain('Convert to user');
  expect((await openCard(app, lead, other)).labels).not.toContain('Convert to user');
});
