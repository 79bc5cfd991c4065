// Rules that have to hold for days, and referrals that expire: by a clock of the test's own, across restarts.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../sandbox/browser.ts';
import { type App, createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { createLog } from '../../src/log.ts';
import { issueApiToken } from '../../src/usecases/workspace/api-tokens.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { api, campaignWithRule, settled, silence, tell } from '../support/changes.ts';
import { signIn } from '../support/console.ts';
import { contactItem, notification } from '../support/notifications.ts';
import { addReferred, type Referred } from '../support/population.ts';
import { openCard, pressId } from '../support/teammate.ts';
import { wholeRound } from '../support/until.ts';

const dayMs = 86_400_000;
const started = Date.now();
// A day ahead of the sandbox, so that what tests tell of a contact is newer than what is read there.
let passedMs = dayMs;
const now = () => new Date(Date.now() + passedMs);
const overrides = { now, everyMs: { reviewHoldsAndExpiry: 100 } };

let app: TestApp;
let restarted: App | undefined;
let seconds = 0;

beforeAll(async () => {
  app = await startTestApp({ overrides });
  await silence(app);
  const when = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };
  await campaignWithRule(app, 'Week', { when, holds_for_days: 7 });
  const changed = { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'] };
  await campaignWithRule(app, 'Change', { when: changed, holds_for_days: 7 });
});
afterAll(async () => {
  await restarted?.close();
  await app?.close();
});

async function someone(campaign: string): Promise<Referred> {
  const [one] = await addReferred(app, campaign, 1);
  if (!one) throw new Error('Nobody was added.');
  return one;
}

function plan({ contactId: id, email }: Referred, value: string) {
  seconds += 1;
  const updated_at = new Date(started + dayMs / 2 + seconds * 2_000).toISOString();
  const item = contactItem({ id, email, custom_attributes: { plan: value }, updated_at });
  return tell(app, notification({ data: { type: 'notification_event_data', item } }));
}

const card = async ({ contactId: id }: Referred) => (await openCard(app, { id })).text;
const statusOf = async ({ referralId }: Referred) =>
  (await app.query<{ status: string }>('select status from referrals where id = $1', [referralId]))[0]
    ?.status;
const becomes = (who: Referred, status: string) => expect.poll(() => statusOf(who)).toBe(status);
const holdsOf = async ({ referralId }: Referred) =>
  (await app.query('select 1 from holds where referral_id = $1', [referralId])).length;
const inDublin = (at: Date) =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'Europe/Dublin' }).format(at);

/** Time passes, and then a whole round of every minute comes. */
async function pass(days: number): Promise<void> {
  passedMs += days * dayMs;
  await wholeRound(app, 'reviewHoldsAndExpiry');
  await settled(app);
}

async function restart(): Promise<void> {
  await (restarted?.close() ?? app.stopApp());
  const again = await createApp(readConfig(app.environment), createLog('silent'), overrides);
  restarted = again;
  app = {
    ...app,
    apiToken: async () => (await issueApiToken(again.ctx, 'sandbox', 'test', byCommand)).token,
  };
}

test('the card says when it will qualify, and it does then, even if the app was restarted meanwhile', async () => {
  const who = await someone('Week');
  await plan(who, 'pro');
  const due = inDublin(new Date(now().getTime() + 7 * dayMs));
  expect(await card(who)).toContain(`Qualifies on ${due} by rule Week if this stays true: plan is pro.`);
  await pass(6);
  await plan(who, 'pro');
  expect(await statusOf(who)).toBe('pending');
  await restart();
  await pass(1.1);
  await becomes(who, 'qualified');
  expect(await card(who)).toContain(`Reason: Qualified by rule Week on ${inDublin(now())}: plan is pro`);
  expect(await holdsOf(who)).toBe(0);
});

test('the day that the card promises is one of the zone that the workspace has by then', async () => {
  const who = await someone('Week');
  await plan(who, 'pro');
  const dueAt = new Date(now().getTime() + 7 * dayMs);
  const dayIn = (timeZone: string) =>
    new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone }).format(dueAt);
  const { workspace } = app.sandbox.world;
  const { timezone: before } = workspace;
  expect(await card(who)).toContain(`Qualifies on ${dayIn(before)} by rule Week`);
  const other =
    ['Pacific/Kiritimati', 'Pacific/Pago_Pago'].find((zone) => dayIn(zone) !== dayIn(before)) ?? '';
  workspace.timezone = other;
  await install(app.url);
  expect(await card(who)).toContain(`Qualifies on ${dayIn(other)} by rule Week`);
  workspace.timezone = before;
  await install(app.url);
  expect(await card(who)).toContain(`Qualifies on ${dayIn(before)} by rule Week`);
});

test('what stops holding does not qualify, and begins again', async () => {
  const who = await someone('Week');
  await plan(who, 'pro');
  await pass(5);
  await plan(who, 'free');
  expect(await holdsOf(who)).toBe(0);
  expect(await card(who)).toContain('Plan is free as of');
  await pass(3);
  await plan(who, 'pro');
  await pass(6);
  expect(await statusOf(who)).toBe('pending');
  await pass(1.1);
  await becomes(who, 'qualified');
});

test('a change holds for as long as what it led to holds', async () => {
  const who = await someone('Change');
  await plan(who, 'free');
  await plan(who, 'pro');
  await pass(3);
  await plan(who, 'pro');
  expect(await holdsOf(who)).toBe(1);
  await pass(4.1);
  await becomes(who, 'qualified');
});

test('when someone else decides meanwhile, nothing is held any more', async () => {
  const who = await someone('Week');
  await plan(who, 'pro');
  await api(app, 'POST', `referrals/${who.referralId}/disqualify`, { reason: 'An employee' });
  await becomes(who, 'disqualified');
  await pass(7.1);
  await expect.poll(() => holdsOf(who)).toBe(0);
  expect(await statusOf(who)).toBe('disqualified');
});

test('a referral that is pending for too long expires, and put back to pending has its time again', async () => {
  const campaign = await campaignWithRule(app, 'Month', { when: { operator: 'became_user' } });
  const who = await someone('Month');
  // Joined by the clock of the database, which does not run ahead.
  await app.query('update referrals set status_at = $2, joined_at = $2 where id = $1', [
    who.referralId,
    now(),
  ]);
  await api(app, 'PATCH', `campaigns/${campaign}`, { settings: { expires_after_days: 30 } });
  await pass(29);
  expect(await statusOf(who)).toBe('pending');
  await pass(1.1);
  await becomes(who, 'expired');
  const [row] = await app.query('select status_reason from referrals where id = $1', [who.referralId]);
  expect(row).toEqual({ status_reason: 'Not qualified within 30 days' });
  await api(app, 'POST', `referrals/${who.referralId}/reopen`, { reason: 'A second chance' });
  await pass(29);
  expect(await statusOf(who)).toBe('pending');
  await pass(1.1);
  await becomes(who, 'expired');
});

test('what becomes one person’s own referral while it holds does not qualify when the hold ends, but once told apart', async () => {
  const who = await someone('Week');
  const [campaign] = await app.query<{ id: string }>(`select id from campaigns where name = 'Week'`);
  const person = { email: 'holding.referrer@example.com' };
  const referrer = await api(app, 'POST', 'referrers', { campaign_id: campaign?.id, person });
  await app.query('update referrals set referrer_id = $1 where id = $2', [referrer.id, who.referralId]);
  await plan(who, 'pro');
  await app.query('update people set contact_id = $1 where email = $2', [who.contactId, person.email]);
  await pass(7.1);
  await pass(1);
  expect(await statusOf(who)).toBe('pending');
  const asked = await pressId(app, { id: who.contactId }, `ask-unlink-referrer:${who.referralId}`);
  await asked.press('Unlink the referrer');
  await becomes(who, 'qualified');
  expect(await holdsOf(who)).toBe(0);
});

const ruleOf = async (name: string) => {
  const [rule] = await app.query<{ id: string }>('select id from rules where name = $1', [name]);
  if (!rule) throw new Error('Rule not found.');
  return rule.id;
};
const isPro = { attribute: 'custom_attributes.plan', operator: 'is', value: 'pro' };

test('a rule that is told to hold for longer or shorter is obeyed by those that wait already', async () => {
  await campaignWithRule(app, 'Stretch', { when: isPro, holds_for_days: 7 });
  const who = await someone('Stretch');
  await plan(who, 'pro');
  const since = now().getTime();
  const change = async (days: number) => {
    // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
    const definition = { when: isPro, holds_for_days: days, then: 'qualify' };
    await api(app, 'PATCH', `rules/${await ruleOf('Stretch')}`, { definition });
  };
  await change(30);
  const due = inDublin(new Date(since + 30 * dayMs));
  await expect.poll(() => card(who)).toContain(`Qualifies on ${due} by rule Stretch if this stays true`);
  await pass(8);
  await plan(who, 'pro');
  expect(await statusOf(who)).toBe('pending');
  expect(await card(who)).toContain(`Qualifies on ${due} by rule Stretch`);
  await change(8);
  await becomes(who, 'qualified');
});

const explanationOf = async ({ referralId }: Referred) =>
  (
    await app.query<{ explanation: string | null }>('select explanation from referrals where id = $1', [
      referralId,
    ])
  )[0]?.explanation;

async function removeRule(name: string): Promise<void> {
  const headers = { Authorization: `Bearer ${await app.apiToken()}` };
  const answer = await fetch(`${app.url}/api/v1/rules/${await ruleOf(name)}`, { method: 'DELETE', headers });
  expect(answer.status).toBe(200);
}

test('a rule that is switched off or removed promises nothing any more, and what other rules say stays', async () => {
  const campaign = await campaignWithRule(app, 'Promise', { when: isPro, holds_for_days: 7 });
  const paid = { attribute: 'custom_attributes.plan', operator: 'is', value: 'team' };
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  const definition = { when: paid, then: 'qualify' };
  await api(app, 'POST', 'rules', { campaign_id: campaign, name: 'Other', definition });
  const who = await someone('Promise');
  const other = /^Needs plan to be team; it is pro \([^)]*\)$/;
  const promised = /^Qualifies on .* by rule Promise if that stays true\. Needs plan to be team/;
  await plan(who, 'pro');
  expect(await explanationOf(who)).toMatch(promised);
  await api(app, 'PATCH', `rules/${await ruleOf('Promise')}`, { enabled: false });
  expect(await explanationOf(who)).toMatch(other);
  expect(await holdsOf(who)).toBe(0);

  await api(app, 'PATCH', `rules/${await ruleOf('Promise')}`, { enabled: true });
  expect(await explanationOf(who)).toMatch(other);
  await api(app, 'POST', `rules/${await ruleOf('Promise')}/apply`, {});
  expect(await explanationOf(who)).toMatch(/^Qualifies on .* by rule Promise/);
  await plan(who, 'pro');
  expect(await explanationOf(who)).toMatch(promised);
  await removeRule('Promise');
  expect(await explanationOf(who)).toMatch(other);
  expect(await holdsOf(who)).toBe(0);
  await removeRule('Other');
  expect(await explanationOf(who)).toBeNull();
});

function archive({ contactId: id }: Referred, topic: 'contact.archived' | 'contact.unarchived') {
  return tell(
    app,
    notification({ topic, data: { type: 'notification_event_data', item: { type: 'contact', id } } }),
  );
}

test('while its contact is archived, no rule qualifies a referral; brought back, it does', async () => {
  await campaignWithRule(app, 'Away', { when: isPro, holds_for_days: 7 });
  await campaignWithRule(app, 'Away at once', { when: isPro });
  const holding = await someone('Away');
  const atOnce = await someone('Away at once');
  const byHand = await someone('Away at once');
  await plan(holding, 'pro');
  for (const each of [holding, atOnce, byHand]) await archive(each, 'contact.archived');
  for (const each of [atOnce, byHand]) await plan(each, 'pro');
  await pass(7.1);
  for (const each of [holding, atOnce]) {
    expect(await statusOf(each)).toBe('pending');
    expect(await explanationOf(each)).toContain(
      'The contact is archived in Intercom: unarchive it, or qualify by hand',
    );
  }
  await api(app, 'POST', `referrals/${byHand.referralId}/qualify`, { reason: 'Known by phone' });
  await becomes(byHand, 'qualified');
  for (const each of [holding, atOnce]) await archive(each, 'contact.unarchived');
  for (const each of [holding, atOnce]) await becomes(each, 'qualified');
});

test('what waits says so again when its contact is archived and brought back before the end', async () => {
  const who = await someone('Away');
  await plan(who, 'pro');
  const promised = await explanationOf(who);
  expect(promised).toContain('Qualifies on');
  const desk = await signIn(app);
  const [person] = await app.query<{ id: string }>('select id from people where contact_id = $1', [
    who.contactId,
  ]);
  const page = async () => (await desk.get(`/console/people/${person?.id}`)).text;
  expect(await page()).toContain('Rule Away is met. It must stay met until');
  await archive(who, 'contact.archived');
  await expect
    .poll(() => explanationOf(who))
    .toContain('cannot qualify. The contact is archived in Intercom');
  expect(await page()).not.toContain('must stay met');
  await archive(who, 'contact.unarchived');
  await expect.poll(() => explanationOf(who)).toBe(promised);
});
