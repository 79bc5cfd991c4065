// The editor of rules in the console: what it offers, conditions by buttons alone, drafts, dry runs, rules that act.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { standardAttributes } from '../../src/domain/contacts/attribute-catalog.ts';
import type { Test } from '../../src/domain/qualification/operators.ts';
import { type Condition, type RuleDefinition, ruleDefinition } from '../../src/domain/qualification/rule.ts';
import { definitionOf } from '../../src/http/console/qualification/rule-definition.ts';
import { formOf } from '../../src/http/console/qualification/rule-form.ts';
import { type Caller, callerWith, idOf } from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { type Console, signIn } from '../support/console.ts';

let app: TestApp;
let desk: Console;
let api: Caller;
let spring: string;

beforeAll(async () => {
  app = await startTestApp();
  desk = await signIn(app);
  api = callerWith(app.url, await app.apiToken());
  const [found] = await app.query<{ id: string }>(`select id from campaigns where name = 'Spring'`);
  spring = found?.id ?? '';
});
beforeEach(() => fetch(`${app.sandbox.url}/sandbox/faults`, { method: 'DELETE' }));
afterAll(() => app?.close());

let made = 0;
async function newCampaign(): Promise<string> {
  made += 1;
  const given = { name: `Ruled ${made}`, destination_url: 'https://shop.example/welcome' };
  return idOf(await api.post('/campaigns', given));
}

const listed = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      version: z.number(),
      enabled: z.boolean(),
      definition: z.unknown(),
    }),
  ),
});
const liveRules = async (id: string) => listed.parse((await api.get(`/rules?campaign_id=${id}`)).body).data;

const rule = {
  name: 'Paid',
  outcome: 'qualify',
  holds_for_days: '',
  sale_value_from: '',
  enabled: 'on',
  'when.match': 'all',
  'when.0.attribute': 'custom_attributes.plan',
  'when.0.operator': 'is',
  'when.0.value': 'pro',
};
const path = (id: string, which = 'new') => `/console/campaigns/${id}/rules/${which}`;
const save = (id: string, fields: Record<string, string | string[]>, which?: string) =>
  desk.submit(path(id, which), { ...rule, ...fields, do: 'save' });

async function publish(id: string) {
  const { html } = await desk.get(`/console/campaigns/${id}/publish`);
  const revision = /name="revision" value="([^"]+)"/.exec(html)?.[1] ?? '';
  return desk.submit(`/console/campaigns/${id}/publish`, { revision });
}

describe('The editor', () => {
  it('offers the attributes of Intercom, for each the operators and values that suit it', async () => {
    const draw = async (fields: Record<string, string>) =>
      (await desk.post(path(spring), { ...rule, ...fields, do: 'redraw' })).html;
    const text = await draw({});
    for (const name of ['custom_attributes.seats', 'location.country', 'tags', 'became_user'])
      expect(text).toContain(`<option value="${name}"`);
    expect(text).not.toContain('referral_status');
    expect(text).toMatch(/<option value="pro" selected>pro<\/option>/);
    expect(text).not.toContain('value="more_than"');
    expect(text).toContain('aria-label="Remove the condition plan"');
    const named = await draw({ 'when.0.attribute': 'became_user' });
    expect(named).toContain('aria-label="Remove the condition The lead becomes a user"');
    expect(await draw({ 'when.0.attribute': '' })).toContain('aria-label="Remove the empty condition"');
    expect(await draw({ 'when.0.attribute': 'custom_attributes.seats' })).toContain('value="more_than"');
    const date = await draw({
      'when.0.attribute': 'signed_up_at',
      'when.0.operator': 'after',
      'when.0.value': '',
    });
    expect(date).toContain('type="date"');
    const tags = await draw({
      'when.0.attribute': 'tags',
      'when.0.operator': 'is_one_of',
      'when.0.value': '',
    });
    expect(tags).toMatch(/type="checkbox"[^>]*value="5120001"/);
    expect(tags).toContain('>VIP</label>');
  });

  it('gains and loses conditions and groups by buttons, three levels deep and no deeper', async () => {
    const press = (fields: Record<string, string>, button: string) =>
      desk.post(path(spring), { ...rule, ...fields, do: button });
    const two = await press({}, 'group:when');
    expect(two.html).toContain('name="when.1.match"');
    const inner = {
      'when.1.match': 'any',
      'when.1.0.attribute': 'role',
      'when.1.0.operator': 'is',
      'when.1.0.value': 'user',
    };
    const three = await press(inner, 'group:when.1');
    expect(three.html).toContain('name="when.1.1.0.attribute"');
    expect(three.html).not.toContain('value="group:when.1.1"');
    expect(three.html).toMatch(/name="when\.0\.value"[\s\S]*?<option value="pro" selected>/);
    const fewer = await press(inner, 'remove:when.0');
    expect(fewer.html).toContain('name="when.0.match"');
    expect(fewer.html).not.toContain('name="when.1.match"');
  });

  it('says what is wrong beside each field, and keeps what was given', async () => {
    const wrong = {
      ...rule,
      name: '',
      'when.0.value': 'platinum',
      'when.1.attribute': 'custom_attributes.seats',
      'when.1.operator': 'more_than',
      'when.1.value': 'many',
      'when.2.attribute': '',
      holds_for_days: '400',
    };
    const answer = await desk.post(path(spring), { ...wrong, do: 'save' });
    expect(answer.status).toBe(422);
    expect(answer.html).toMatch(/id="f-name-why">must be 1 to 100 characters/);
    expect(answer.html).toMatch(/id="f-when-1-value-why">must be a number/);
    expect(answer.html).toMatch(/id="f-when-2-attribute-why">Choose an attribute/);
    expect(answer.html).toContain('value="400"');
    const named = { ...wrong, name: 'Named', 'when.1.value': '3', 'when.2.attribute': 'became_user' };
    expect((await desk.post(path(spring), { ...named, do: 'save' })).html).toContain(
      'id="f-holds_for_days-why"',
    );
    const known = await desk.post(path(spring), { ...named, holds_for_days: '', do: 'save' });
    expect(known.html).toMatch(/id="f-when-0-value-why">is none of the values of custom_attributes.plan/);
    const empty = await desk.post(path(spring), {
      name: 'None',
      outcome: 'qualify',
      'when.match': 'all',
      do: 'save',
    });
    expect(empty.html).toMatch(/id="f-when-match-why">needs at least one condition/);
  });

  it('comes back with what was given when Intercom cannot be asked', async () => {
    await app.misbehave('/faults', {
      on: 'api',
      kind: 'status',
      status: 503,
      match: { path: '/data_attributes' },
    });
    const answer = await desk.post(path(spring), { ...rule, name: 'Typed with care', do: 'save' });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Nothing was saved');
    expect(answer.html).toContain('value="Typed with care"');
  });

  it('shows names of markup as they are', async () => {
    const id = await newCampaign();
    const page = await save(id, { name: '<img src=x onerror=alert(1)>' });
    expect(page.html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page.html).not.toContain('<img src=x');
  });

  it('reads of its fields the very rule that they were made of', () => {
    const name = fc.constantFrom(
      ...standardAttributes.filter(({ type }) => type === 'text').map((one) => one.name),
    );
    const text = fc.stringMatching(/^[a-zà-ü0-9@. ]{1,20}$/).map((one) => one.trim() || 'x');
    const texts = fc.uniqueArray(text, { minLength: 1, maxLength: 4 });
    const test: fc.Arbitrary<Test> = fc.oneof(
      fc.record({
        attribute: name,
        operator: fc.constantFrom('is' as const, 'is_not' as const),
        value: text,
      }),
      fc.record({ attribute: name, operator: fc.constant('is_one_of' as const), values: texts }),
      fc.record({ attribute: name, operator: fc.constant('contains' as const), value: text }),
      fc.record({ attribute: name, operator: fc.constantFrom('is_set' as const, 'changed' as const) }),
      fc.record({ attribute: name, operator: fc.constant('changed_to' as const), to: texts, from: texts }),
      fc.record({
        attribute: fc.constant('signed_up_at'),
        operator: fc.constant('within_days' as const),
        value: fc.integer({ min: 1, max: 99 }),
      }),
      fc.record({
        attribute: fc.constant('has_hard_bounced'),
        operator: fc.constant('is' as const),
        value: fc.boolean(),
      }),
      fc.constant({ operator: 'became_user' as const }),
    );
    const group = (inner: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> => {
      const items = fc.array(inner, { minLength: 1, maxLength: 3 });
      return fc.oneof(fc.record({ all: items }), fc.record({ any: items }));
    };
    const when = group(fc.oneof(test, group(fc.oneof(test, group(test)))));
    fc.assert(
      fc.property(when, fc.constantFrom('qualify' as const, 'disqualify' as const), (condition, then) => {
        const definition: RuleDefinition = ruleDefinition.parse({ when: condition, then, holds_for_days: 3 });
        const form = formOf({ name: 'x', definition, enabled: true });
        expect(definitionOf(form, { attributes: standardAttributes })).toEqual({ definition });
      }),
      { numRuns: 200 },
    );
  });
});

describe('A rule', () => {
  it('is drafted, changed, switched off and removed, and each takes effect by publishing alone', async () => {
    const id = await newCampaign();
    const nested = {
      'when.1.match': 'any',
      'when.1.0.attribute': 'became_user',
      'when.1.1.attribute': 'tags',
      'when.1.1.operator': 'contains',
      'when.1.1.value': '5120001',
    };
    const page = await save(id, {
      ...nested,
      holds_for_days: '14',
      sale_value_from: 'custom_attributes.lifetime_value',
    });
    expect(page.text).toContain(
      'Needs plan to be pro and (the contact to become a user or tags to contain VIP)',
    );
    expect(await liveRules(id)).toEqual([]);
    await publish(id);
    const [first] = await liveRules(id);
    expect(first).toMatchObject({
      name: 'Paid',
      version: 1,
      enabled: true,
      definition: {
        when: {
          all: [
            { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' },
            {
              any: [
                { operator: 'became_user' },
                { attribute: 'tags', operator: 'contains', value: '5120001' },
              ],
            },
          ],
        },
        holds_for_days: 14,
        sale_value_from: 'custom_attributes.lifetime_value',
        tag_names: { 5120001: 'VIP' },
      },
    });
    const ruleId = first?.id ?? '';
    const { enabled: _, ...off } = rule;
    await desk.submit(path(id, ruleId), { ...off, name: 'Paid plan', do: 'save' });
    expect(await liveRules(id)).toMatchObject([{ version: 1, name: 'Paid', enabled: true }]);
    expect((await desk.get(`/console/campaigns/${id}/publish`)).text).toMatch(
      /Renames “Paid” to “Paid plan”.*Switches “Paid plan” off.*Until now: Needs plan to be pro and/,
    );
    await publish(id);
    expect(await liveRules(id)).toMatchObject([{ version: 2, name: 'Paid plan', enabled: false }]);
    await desk.submit(`${path(id, ruleId)}/remove`);
    expect(await liveRules(id)).toHaveLength(1);
    await publish(id);
    expect(await liveRules(id)).toEqual([]);
    await desk.submit(`/console/campaigns/${id}/versions/2/restore`);
    await publish(id);
    const [again] = await liveRules(id);
    expect(again).toMatchObject({ name: 'Paid', version: 1 });
    expect(again?.id).not.toBe(ruleId);
  });

  it('that the API removes meanwhile is not brought back by a draft that changes it', async () => {
    const id = await newCampaign();
    await save(id, {});
    await publish(id);
    const [kept] = await liveRules(id);
    await save(id, { name: 'Renamed' }, kept?.id);
    await api.delete(`/rules/${kept?.id}`);
    expect((await desk.get(`/console/campaigns/${id}/publish`)).text).toContain('no unpublished changes');
    expect((await desk.get(path(id, kept?.id))).status).toBe(404);
  });

  it('that could not work any more is not published', async () => {
    const id = await newCampaign();
    const attributes = app.sandbox.world.dataAttributes;
    const like = attributes.all().find((one) => one.name === 'referral_code') ?? expect.fail();
    attributes.put({ ...like, id: '990001', name: 'short_lived' });
    await save(id, {
      name: 'Gone',
      'when.0.attribute': 'custom_attributes.short_lived',
      'when.0.value': 'x',
    });
    attributes.put({ ...like, id: '990001', name: 'short_lived', archived: true });
    const { html } = await desk.get(`/console/campaigns/${id}/publish`);
    const revision = /name="revision" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const answer = await desk.post(`/console/campaigns/${id}/publish`, { revision });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('The rule “Gone” cannot work');
    expect(await liveRules(id)).toEqual([]);
  });

  it('is not found in another campaign', async () => {
    const [own] = await liveRules(spring);
    const id = await newCampaign();
    for (const more of ['', '/try', '/apply'])
      expect((await desk.get(`${path(id, own?.id)}${more}`)).status, more).toBe(404);
    for (const more of ['', '/remove', '/apply'])
      expect((await desk.post(`${path(id, own?.id)}${more}`, { ...rule, do: 'save' })).status, more).toBe(
        404,
      );
  });
});

describe('A dry run', () => {
  it('shows who would qualify by the draft and who would not, and why, and changes nothing', async () => {
    const [own] = await liveRules(spring);
    const before = await app.query('select id, status, status_at from referrals order by id');
    const page = await desk.submit(path(spring, own?.id), {
      ...rule,
      'when.0.operator': 'is_one_of',
      'when.0.value': ['pro', 'team'],
      do: 'try',
    });
    expect(page.text).toMatch(/Greta Holm +greta.holm@example.com +pending +Would qualify/);
    expect(page.text).toMatch(
      /Maya Okafor +pending.lead@example.com +pending +No match +Needs plan to be pro or team; it is free/,
    );
    expect(page.text).toMatch(/Lena Fischer +qualified.user@example.com +qualified +Already decided/);
    expect(page.text).toContain('9 of 9 referrals tried');
    expect(await app.query('select id, status, status_at from referrals order by id')).toEqual(before);
    expect((await liveRules(spring))[0]).toMatchObject({ version: 1 });
    await desk.submit(`/console/campaigns/${spring}/discard`);
  });
});

describe('Applying a rule', () => {
  it('is asked for once more, and then looks at everyone who is pending', async () => {
    const [own] = await liveRules(spring);
    const asked = await desk.get(`${path(spring, own?.id)}/apply`);
    expect(asked.text).toContain('Apply the rule');
    const done = await desk.submit(`${path(spring, own?.id)}/apply`);
    expect(done.text).toMatch(/The rule checked \d referrals/);
    const statusOf = async () =>
      (
        await app.query<{ status: string }>(
          `select r.status from referrals r join people p on p.id = r.person_id
          where p.email = 'two.campaigns@example.com' and r.campaign_id = $1`,
          [spring],
        )
      )[0]?.status;
    await expect.poll(statusOf).toBe('qualified');
    expect((await desk.get('/console/access/log')).text).toContain('applied the rule Paid plan');
  });
});
