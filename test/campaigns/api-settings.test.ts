// Settings of workspaces and campaigns by /api/v1: changed one by one, kept apart, refused by field, and obeyed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { seededContact } from '../../sandbox/story/seed.ts';
import { noRewards } from '../../src/domain/rewards/reward.ts';
import { defaultCampaignSettings, defaultSettings } from '../../src/domain/workspace/settings.ts';
import {
  type Api,
  type Caller,
  callerWith,
  campaignFor,
  dataOf,
  refusedFields,
  startApi,
  tenEuros,
} from '../support/api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { openCard } from '../support/teammate.ts';
import { wholeRound } from '../support/until.ts';

const defaults = {
  answers: defaultSettings.answers,
  assistants: { write: false, daily_limit: 25 },
  card_actions: {
    ...{ qualify: true, disqualify: true, reopen: true, daily_cap: 100 },
    ...{ allowed: 'everybody', allowed_emails: [] },
  },
  write_back: { attributes: true, tag: true, event: true },
  attempts: { default: 5 },
  fin: { report_missing: false, resend_link: false, require_user_token: false, one_time_passcode: false },
  messenger: { enabled: true, require_user_token: false },
  muted_failures: [],
  hold_doubtful: false,
};

describe('by the API', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api?.close());

  test('a workspace that set nothing has the defaults', async () => {
    const caller = await api.caller('fresh');
    expect(await caller.get('/settings')).toMatchObject({ status: 200, body: defaults });
  });

  test('a change leaves the rest as it is, and null goes back to the default', async () => {
    const caller = await api.caller('changing');
    const changed = await caller.patch('/settings', {
      card_actions: { disqualify: false, daily_cap: 0 },
      attempts: { default: 3, tag: 1 },
    });
    expect(changed).toMatchObject({ status: 200 });
    expect(changed.body).toEqual({
      ...defaults,
      card_actions: { ...defaults.card_actions, disqualify: false, daily_cap: 0 },
      attempts: { default: 3, tag: 1 },
    });
    const back = await caller.patch('/settings', { card_actions: { daily_cap: null }, attempts: null });
    expect(back.body).toEqual({ ...defaults, card_actions: { ...defaults.card_actions, disqualify: false } });
    expect((await caller.get('/settings')).body).toEqual(back.body);
    expect((await caller.patch('/settings', {})).body).toEqual(back.body);
  });

  test('a workspace neither sees nor changes what another one set', async () => {
    const ours = await api.caller('ours');
    const theirs = await api.caller('theirs');
    await ours.patch('/settings', { write_back: { tag: false } });
    expect((await theirs.get('/settings')).body).toEqual(defaults);
    await theirs.patch('/settings', { write_back: { event: false } });
    expect((await ours.get('/settings')).body).toMatchObject({ write_back: { tag: false, event: true } });
  });

  test('changes that come at once are all kept', async () => {
    const caller = await api.caller('busy');
    const kinds = ['default', 'change-status', 'write-back', 'tag', 'event', 'note'];
    const answers = await Promise.all(
      kinds.map((kind) => caller.patch('/settings', { attempts: { [kind]: 2 } })),
    );
    expect(answers.map((one) => one.status)).toEqual(kinds.map(() => 200));
    expect((await caller.get('/settings')).body).toMatchObject({
      attempts: Object.fromEntries(kinds.map((kind) => [kind, 2])),
    });
  });

  test.each([
    ['attempts.default', { attempts: { default: 0 } }],
    ['attempts.tag', { attempts: { tag: 6 } }],
    ['attempts.event', { attempts: { event: 1.5 } }],
    ['attempts.note', { attempts: { note: '3' } }],
    ['attempts.merge', { attempts: { merge: 3 } }],
    ['card_actions.qualify', { card_actions: { qualify: 'yes' } }],
    ['card_actions.daily_cap', { card_actions: { daily_cap: -1 } }],
    ['card_actions.daily_cap', { card_actions: { daily_cap: 10_001 } }],
    ['card_actions.__proto__', JSON.parse('{"card_actions":{"__proto__":{"qualify":false}}}')],
    ['write_back', { write_back: [] }],
    ['write_back.note', { write_back: { note: true } }],
    ['cardActions', { cardActions: { qualify: false } }],
    ['body', []],
    ['body', null],
  ])('what cannot be is refused with %s named, and nothing of it is kept', async (field, change) => {
    const caller = await api.caller('refused');
    const good = { write_back: { tag: false } };
    const refused = await caller.patch('/settings', field === 'body' ? change : { ...good, ...change });
    expect(refused.status).toBe(422);
    expect(refusedFields(refused)).toEqual([field]);
    expect((await caller.get('/settings')).body).toEqual(defaults);
  });

  describe('a campaign', () => {
    let caller: Caller;
    let id: string;
    beforeAll(async () => {
      caller = await api.caller('shop');
      id = await campaignFor(caller, { name: 'Spring', rewards: tenEuros });
    });

    test('has no settings of its own until some are given, and shows them', async () => {
      expect((await caller.get(`/campaigns/${id}`)).body).toMatchObject({ settings: {} });
      const settings = { expires_after_days: 90, attempts: { 'write-back': 2 } };
      const changed = await caller.patch(`/campaigns/${id}`, { settings });
      expect(changed).toMatchObject({ status: 200, body: { name: 'Spring', rewards: tenEuros, settings } });
      expect((await caller.get(`/campaigns/${id}`)).body).toEqual(changed.body);
      expect(dataOf(await caller.get('/campaigns'))).toContainEqual(changed.body);
    });

    test('loses a setting by null and keeps the others', async () => {
      await caller.patch(`/campaigns/${id}`, { settings: { expires_after_days: 7, attempts: { tag: 1 } } });
      const kept = await caller.patch(`/campaigns/${id}`, { settings: { expires_after_days: null } });
      expect(kept.body).toMatchObject({ settings: { attempts: { tag: 1, 'write-back': 2 } } });
      expect(kept.body).not.toHaveProperty('settings.expires_after_days');
      const cleared = await caller.patch(`/campaigns/${id}`, { settings: { attempts: null } });
      expect(cleared.body).toHaveProperty('settings', defaultCampaignSettings);
    });

    test('changes its name, its destination and its rewards', async () => {
      const given = { name: 'Summer', destination_url: 'https://example.com/summer', rewards: noRewards };
      expect(await caller.patch(`/campaigns/${id}`, given)).toMatchObject({ status: 200, body: given });
      const recased = await caller.patch(`/campaigns/${id}`, { name: 'SUMMER' });
      expect(recased.body).toMatchObject({ ...given, name: 'SUMMER' });
    });

    test('does not take the name of another one, however many ask at once', async () => {
      const others = await Promise.all(Array.from({ length: 5 }, () => campaignFor(caller)));
      const answers = await Promise.all(
        [id, ...others].map((one) => caller.patch(`/campaigns/${one}`, { name: 'winter' })),
      );
      expect(answers.map((one) => one.status).toSorted()).toEqual([200, 409, 409, 409, 409, 409]);
      for (const taken of answers.filter((one) => one.status === 409)) {
        expect(refusedFields(taken)).toEqual(['name']);
      }
    });

    test('keeps changes that come at once', async () => {
      const busy = await campaignFor(caller);
      const kinds = ['change-status', 'write-back', 'tag', 'event', 'note'];
      await Promise.all(
        kinds.map((kind) => caller.patch(`/campaigns/${busy}`, { settings: { attempts: { [kind]: 2 } } })),
      );
      expect((await caller.get(`/campaigns/${busy}`)).body).toMatchObject({
        settings: { attempts: Object.fromEntries(kinds.map((kind) => [kind, 2])) },
      });
    });

    test('of another workspace is not to be found', async () => {
      const before = (await caller.get(`/campaigns/${id}`)).body;
      const stranger = await api.caller('stranger');
      expect((await stranger.patch(`/campaigns/${id}`, { name: 'Mine' })).status).toBe(404);
      expect((await caller.get(`/campaigns/${id}`)).body).toEqual(before);
    });

    test.each([
      ['name', { name: null }],
      ['name', { name: ' ' }],
      ['destination_url', { destination_url: 'javascript:alert(1)' }],
      ['rewards.referrer.label', { rewards: { referrer: { label: '' } } }],
      ['platform', { platform: 'built-in' }],
      ['settings', { settings: null }],
      ['settings.expires_after_days', { settings: { expires_after_days: 0 } }],
      ['settings.expires_after_days', { settings: { expires_after_days: 3_651 } }],
      ['settings.attempts.default', { settings: { attempts: { default: 3 } } }],
      ['settings.attempts.tag', { settings: { attempts: { tag: 6 } } }],
      ['settings.card_actions', { settings: { card_actions: {} } }],
    ])('refuses what cannot be with %s named', async (field, change) => {
      const refused = await caller.patch(`/campaigns/${id}`, change);
      expect(refused.status).toBe(422);
      expect(refusedFields(refused)).toEqual([field]);
    });
  });
});

describe('obeyed by the app', () => {
  let app: TestApp;
  let caller: Caller;
  beforeAll(async () => {
    app = await startTestApp({ overrides: { everyMs: { reviewHoldsAndExpiry: 200 } } });
    caller = callerWith(app.url, await app.apiToken());
  });
  afterAll(() => app?.close());

  const named = z.looseObject({ id: z.string(), name: z.string() });
  async function campaign(name: string): Promise<string> {
    const all = dataOf(await caller.get('/campaigns')).map((one) => named.parse(one));
    return all.find((one) => one.name === name)?.id ?? '';
  }
  /** As a notification about the contact does: only contacts that are linked are written to. */
  const link = (email: string) =>
    app.query('update people set contact_id = $1 where email = $2', [seededContact(email).id, email]);
  const details = async (email: string) => (await openCard(app, { email })).press('More');
  const qualify = async (email: string) =>
    (await (await details(email)).press('Qualify')).press('Qualify referral');
  const attemptsOf = async (email: string) => {
    const runs = await app.query<{ kind: string; max_attempts: number }>(
      `select distinct runs.kind, runs.max_attempts from runs join referrals on referrals.id = runs.referral_id
       join people on people.id = referrals.person_id where people.email = $1`,
      [email],
    );
    return Object.fromEntries(runs.map((run) => [run.kind, run.max_attempts]));
  };

  test("new work is tried as often as the campaign says, else the workspace's kind, else its default", async () => {
    await caller.patch('/settings', { attempts: { default: 4, tag: 3 } });
    await caller.patch(`/campaigns/${await campaign('Spring')}`, {
      settings: { attempts: { 'change-status': 2, event: 1 } },
    });
    await link('layla.haddad@example.com');
    expect((await qualify('layla.haddad@example.com')).text).toContain('✅ Qualified');
    expect(await attemptsOf('layla.haddad@example.com')).toEqual({
      'change-status': 2,
      event: 1,
      tag: 3,
      'write-back': 4,
    });
  });

  test('what is not to be written back is not', async () => {
    const email = 'pending.lead@example.com';
    await link(email);
    await caller.patch('/settings', { write_back: { tag: false, event: false } });
    expect((await qualify(email)).text).toContain('✅ Qualified');
    expect(Object.keys(await attemptsOf(email)).toSorted()).toEqual(['change-status', 'write-back']);
    await caller.patch('/settings', { write_back: null });
  });

  test('an action that is switched off is not on the card, and is again once it is on', async () => {
    await caller.patch('/settings', { card_actions: { disqualify: false } });
    expect((await details('zoe.kallio@example.com')).labels).not.toContain('Disqualify');
    await caller.patch('/settings', { card_actions: { disqualify: null } });
    expect((await details('zoe.kallio@example.com')).labels).toContain('Disqualify');
  });

  test('the cap of the day ends what teammates may do', async () => {
    await caller.patch('/settings', { card_actions: { daily_cap: 0 } });
    const refused = await (await details('zoe.kallio@example.com')).press('Qualify');
    expect(refused.text).toContain('limit of 0 changes');
    await caller.patch('/settings', { card_actions: { daily_cap: null } });
    expect((await qualify('zoe.kallio@example.com')).text).toContain('✅ Qualified');
  });

  test('a pending referral expires once its campaign says after how long', async () => {
    const status = async () => {
      const [one] = dataOf(await caller.get('/referrals?email=factory.lead@example.com'));
      return z.looseObject({ status: z.string() }).parse(one).status;
    };
    await app.query(
      `update referrals set joined_at = now() - interval '31 days', status_at = now() - interval '31 days'
       where person_id in (select id from people where email = 'factory.lead@example.com')`,
    );
    const autumn = `/campaigns/${await campaign('Autumn')}`;
    await caller.patch(autumn, { settings: { expires_after_days: 32 } });
    await wholeRound(app, 'reviewHoldsAndExpiry');
    expect(await status()).toBe('pending');
    await caller.patch(autumn, { settings: { expires_after_days: 31 } });
    await expect.poll(status).toBe('expired');
  });

  test('of a campaign on an outside platform the settings are ours to change and the rest is not', async () => {
    const autumn = `/campaigns/${await campaign('Autumn')}`;
    expect((await caller.patch(autumn, { settings: { attempts: { tag: 2 } } })).status).toBe(200);
    const refused = await caller.patch(autumn, { name: 'Fall', settings: { attempts: { tag: 3 } } });
    expect(refused.status).toBe(409);
    expect((await caller.get(autumn)).body).toMatchObject({
      name: 'Autumn',
      settings: { attempts: { tag: 2 } },
    });
  });
});
