// /api/v1/rules and /decisions against the running app and the sandbox's Intercom: kept, checked, applied, explained.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { seededContact } from '../../sandbox/story/seed.ts';
import { enabledRules } from '../../src/store/qualification/rules.ts';
import { type Answer, type Caller, callerWith, dataOf, idOf, refusedFields } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';

let app: TestApp;
let caller: Caller;
let spring: string;

beforeAll(async () => {
  app = await startTestApp();
  caller = callerWith(app.url, await app.apiToken());
  // The seeded rule would answer to the same changes.
  for (const { id } of dataOf(await caller.get('/rules'))) await caller.delete(`/rules/${id}`);
  const [found] = await app.query<{ id: string }>(`select id from campaigns where name = 'Spring'`);
  spring = found?.id ?? '';
});
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
afterAll(() => app.close());

// biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
const definitionOf = (when: object, more: object = {}) => ({ when, then: 'qualify', ...more });
const onPlan = (value: string) =>
  definitionOf({ attribute: 'custom_attributes.plan', operator: 'is', value });
const given = (more: object = {}) => ({
  campaign_id: spring,
  name: 'Paid',
  definition: onPlan('pro'),
  ...more,
});

const created = (more: object = {}) => caller.post('/rules', given(more));
const storedRules = async () =>
  (await app.query<{ n: number }>('select count(*)::int as n from rules'))[0]?.n;

function messageOf(answer: Answer): string {
  return z.looseObject({ error: z.looseObject({ message: z.string() }) }).parse(answer.body).error.message;
}

describe('a rule', () => {
  test('is created, read, listed, changed and removed, each change a version', async () => {
    const made = await created();
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      campaign: { id: spring, name: 'Spring' },
      name: 'Paid',
      version: 1,
      enabled: true,
      definition: onPlan('pro'),
    });
    const path = `/rules/${idOf(made)}`;
    // How far its contacts are read goes on meanwhile.
    const { reading: _, ...asMade } = z.looseObject({ reading: z.unknown() }).parse(made.body);
    expect((await caller.get(path)).body).toMatchObject(asMade);
    expect(dataOf(await caller.get(`/rules?campaign_id=${spring}`))).toMatchObject([asMade]);

    const renamed = await caller.patch(path, { name: 'Paid plan' });
    expect(renamed.body).toMatchObject({ name: 'Paid plan', version: 2, definition: onPlan('pro') });
    const changed = await caller.patch(path, { definition: onPlan('team'), enabled: false });
    expect(changed.body).toMatchObject({ version: 3, enabled: false, definition: onPlan('team') });
    const { reading: __, ...asChanged } = z.looseObject({ reading: z.unknown() }).parse(changed.body);
    const same = await caller.patch(path, { enabled: false, name: 'Paid plan' });
    expect(same.body).toMatchObject(asChanged);

    expect((await caller.delete(path)).body).toEqual({ id: idOf(made), deleted: true });
    expect((await caller.get(path)).status).toBe(404);
    expect((await caller.patch(path, { name: 'x' })).status).toBe(404);
    expect((await caller.delete(path)).status).toBe(404);
    expect((await caller.post(`${path}/apply`)).status).toBe(404);
  });

  test('has the same definition as an object until it is changed, so that it is compiled once', async () => {
    const path = `/rules/${idOf(await created())}`;
    const definitionNow = async () => {
      const rules = await enabledRules(app.ctx.database.db, 'sandbox', new Date());
      return rules.find(({ id }) => path.endsWith(id))?.definition;
    };
    const first = await definitionNow();
    expect(first).toMatchObject(onPlan('pro'));
    await caller.patch(path, { name: 'Paid plan' });
    expect(await definitionNow()).toBe(first);
    await caller.patch(path, { definition: onPlan('team') });
    expect(await definitionNow()).toMatchObject(onPlan('team'));
    await caller.delete(path);
  });

  test('names tags as people do, and keeps their ids', async () => {
    const definition = definitionOf({ attribute: 'tags', operator: 'contains', value: 'vip' });
    const made = await created({ definition });
    expect(made.body).toMatchObject({
      definition: { when: { value: '5120001' }, tag_names: { 5120001: 'VIP' } },
    });
    // What is read can be written back.
    const { definition: kept } = z.looseObject({ definition: z.looseObject({}) }).parse(made.body);
    expect((await caller.patch(`/rules/${idOf(made)}`, { definition: kept })).body).toMatchObject({
      definition: kept,
    });
    await caller.delete(`/rules/${idOf(made)}`);
  });

  test.each([
    [
      'an attribute that there is none of',
      { attribute: 'plan', operator: 'is_set' },
      'definition.when.attribute',
    ],
    [
      'a value that the attribute cannot have',
      { all: [{ attribute: 'custom_attributes.plan', operator: 'is', value: 'prp' }] },
      'definition.when.all.0.value',
    ],
    [
      'an operator that does not suit',
      { attribute: 'custom_attributes.seats', operator: 'contains', value: '5' },
      'definition.when.operator',
    ],
    [
      'a value of the wrong type',
      { attribute: 'role', operator: 'more_than', value: 'x' },
      'definition.when.value',
    ],
    [
      "this app's own attribute",
      { attribute: 'custom_attributes.referral_status', operator: 'is', value: 'pending' },
      'definition.when.attribute',
    ],
  ])('is not saved with %s', async (_what, when, field) => {
    const before = await storedRules();
    const refused = await created({ definition: definitionOf(when) });
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
    expect(await storedRules()).toBe(before);
  });

  test('is checked when changed, and when switched on again after an attribute has gone', async () => {
    const attribute = await intercom(app, 'POST', '/data_attributes', {
      name: 'passing',
      model: 'contact',
      data_type: 'string',
    });
    const definition = definitionOf({ attribute: 'custom_attributes.passing', operator: 'is_set' });
    const path = `/rules/${idOf(await created({ definition, enabled: false }))}`;
    await intercom(app, 'PUT', `/data_attributes/${attribute.id}`, { archived: true });
    expect((await caller.patch(path, { name: 'Still may be renamed' })).status).toBe(200);
    expect(refusedFields(await caller.patch(path, { enabled: true }))).toEqual(['definition.when.attribute']);
    expect(refusedFields(await caller.patch(path, { definition }))).toEqual(['definition.when.attribute']);
    expect((await caller.get(path)).body).toMatchObject({ enabled: false, version: 2 });
    await caller.delete(path);
  });

  test.each([[{ on: 'api', kind: 'status', status: 503 }], [{ on: 'api', kind: 'cut' }]])(
    'is not saved unchecked when Intercom cannot be asked: %o',
    async (fault) => {
      const before = await storedRules();
      await app.misbehave('/faults', { ...fault, match: { path: '/data_attributes' }, times: 'always' });
      const refused = await created();
      expect(refused.status).toBe(503);
      expect(messageOf(refused)).toMatch(
        /^Nothing was saved\. Attributes and tags could not be read from Intercom/,
      );
      expect(await storedRules()).toBe(before);
    },
  );

  test.each([401, 403])('is not saved unchecked when Intercom does not allow to look: %i', async (status) => {
    const before = await storedRules();
    await app.misbehave('/faults', {
      on: 'api',
      kind: 'status',
      status,
      match: { path: '/data_attributes' },
    });
    const refused = await created();
    expect(refused.status).toBe(403);
    expect(messageOf(refused)).toMatch(/^Nothing was saved\. Intercom does not allow this/);
    expect(await storedRules()).toBe(before);
  });

  test('needs a campaign of the workspace', async () => {
    const unknown = await created({ campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10' });
    expect(refusedFields(unknown)).toEqual(['campaign_id']);
  });

  test('is seen, changed and removed by its own workspace alone', async () => {
    const path = `/rules/${idOf(await created())}`;
    const stranger = callerWith(app.url, await app.apiToken('another'));
    expect(dataOf(await stranger.get('/rules'))).toEqual([]);
    expect((await stranger.get(path)).status).toBe(404);
    expect((await stranger.patch(path, { name: 'x' })).status).toBe(404);
    expect((await stranger.post(`${path}/apply`)).status).toBe(404);
    expect((await stranger.delete(path)).status).toBe(404);
    expect((await stranger.post('/rules', given())).status).toBe(422);
    expect((await caller.delete(path)).status).toBe(200);
  });

  test('of a workspace that has not installed the app is not saved', async () => {
    const stranger = callerWith(app.url, await app.apiToken('another'));
    const campaign = { name: 'Theirs', destination_url: 'https://example.com' };
    const campaign_id = idOf(await stranger.post('/campaigns', campaign));
    expect((await stranger.post('/rules', given({ campaign_id }))).status).toBe(409);
  });
});

describe('decisions', () => {
  test('say what a rule made of a notification, survive the rule, and are found by referral and rule', async () => {
    const ruleId = idOf(await created({ name: 'Paid plan' }));
    const [referral] = dataOf(await caller.get('/referrals?email=pending.lead@example.com'));
    const decisions = () => caller.get(`/decisions?referral_id=${referral?.id}&rule_id=${ruleId}`);
    const { id: contactId } = seededContact('pending.lead@example.com');
    // A first notification in the second of an own write would be taken for its echo.
    await settled(app);
    await app.query('delete from own_writes');
    await intercom(app, 'PUT', `/contacts/${contactId}`, { custom_attributes: { seats: 2 } });
    await expect.poll(async () => dataOf(await decisions()).length).toBe(1);
    // What the app wrote to the contact on meeting it comes back first.
    await settled(app);
    await intercom(app, 'PUT', `/contacts/${contactId}`, { custom_attributes: { plan: 'pro' } });
    await expect.poll(async () => dataOf(await decisions()).length).toBe(2);

    const decided = await decisions();
    expect(dataOf(decided)).toMatchObject([
      {
        referral_id: referral?.id,
        rule: { id: ruleId, name: 'Paid plan', version: 1 },
        outcome: 'met',
        explanation: expect.stringMatching(
          /^Qualified by rule Paid plan on \w{3} \d+, \d{4}: plan changed from free to pro$/,
        ),
        reasons: [{ wanted: 'plan to be pro', seen: 'plan changed from free to pro', met: true }],
        delivery_id: expect.any(Number),
      },
      {
        outcome: 'not-met',
        explanation: expect.stringMatching(/^Needs plan to be pro; it is free \(/),
        reasons: [{ wanted: 'plan to be pro', seen: 'plan is free', met: false }],
      },
    ]);
    const first = await caller.get(`/decisions?rule_id=${ruleId}&limit=1`);
    const { next } = z.looseObject({ next: z.string() }).parse(first.body);
    const second = await caller.get(`/decisions?rule_id=${ruleId}&limit=1&cursor=${next}`);
    expect([...dataOf(first), ...dataOf(second)]).toEqual(dataOf(decided));

    await caller.delete(`/rules/${ruleId}`);
    const status = async () => (await caller.get(`/referrals/${referral?.id}`)).body;
    await expect.poll(status).toMatchObject({ status: 'qualified' });
    expect(dataOf(await caller.get(`/decisions?rule_id=${ruleId}`))).toMatchObject([
      { rule: { id: ruleId, name: null, version: 1 }, outcome: 'met' },
      { outcome: 'not-met' },
    ]);
    const stranger = callerWith(app.url, await app.apiToken('another'));
    expect(dataOf(await stranger.get(`/decisions?rule_id=${ruleId}`))).toEqual([]);
  });
});

describe('applying', () => {
  test('looks at pending referrals as their contacts are, and leaves the others as they are', async () => {
    const statuses = async () =>
      app.query<{ email: string; status: string }>(
        `select people.email, referrals.status from referrals join people on people.id = referrals.person_id
         where referrals.campaign_id = $1 order by 1`,
        [spring],
      );
    const before = await statuses();
    const pending = before.filter((one) => one.status === 'pending').length;
    const contactOf = async (email: string) => {
      const [row] = await app.query<{ contact_id: string | null }>(
        'select contact_id from people where email = $1 and external_id is null',
        [email],
      );
      return row?.contact_id;
    };
    const ruleId = idOf(await created({ definition: onPlan('team'), name: 'Team plan' }));
    const applied = await caller.post(`/rules/${ruleId}/apply`);
    const counts = z.strictObject({ evaluated: z.number(), unknown: z.number() }).parse(applied.body);
    expect(counts.evaluated + counts.unknown).toBe(pending);
    expect(counts.evaluated).toBeGreaterThan(0);
    const expected = before.map((one) =>
      one.email === 'greta.holm@example.com' ? { ...one, status: 'qualified' } : one,
    );
    await expect.poll(statuses).toEqual(expected);
    // No one had to tell of them first; a person who shares an email with another contact is left to people.
    expect(await contactOf('greta.holm@example.com')).toBe(seededContact('greta.holm@example.com').id);
    expect(await contactOf('twin@example.com')).toBeNull();
    await caller.delete(`/rules/${ruleId}`);
  });

  test('does nothing while Intercom cannot be asked who the contacts are', async () => {
    const ruleId = idOf(await created({ definition: onPlan('team') }));
    await app.misbehave('/faults', {
      on: 'api',
      kind: 'status',
      status: 503,
      match: { path: '/contacts/search' },
      times: 'always',
    });
    expect((await caller.post(`/rules/${ruleId}/apply`)).status).toBe(503);
    await fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    expect(dataOf(await caller.get(`/decisions?rule_id=${ruleId}`))).toEqual([]);
    await caller.delete(`/rules/${ruleId}`);
  });

  test('a rule that is switched off is refused', async () => {
    const ruleId = idOf(await created({ enabled: false }));
    expect((await caller.post(`/rules/${ruleId}/apply`)).status).toBe(409);
  });
});
