// Every form of the console: what to fill in, and the action that it leaves in the audit log.

import { randomUUID } from 'node:crypto';
import { workKindNames } from '../../../src/domain/runs/run.ts';
import type { AuditAction } from '../../../src/domain/workspace/audit.ts';
import { keepReceipts } from '../../../src/usecases/rewards/receipts.ts';
import { campaignFor, codeOf, dataOf, idOf, tenEuros } from '../api.ts';
import { settled } from '../changes.ts';
import { signIn } from '../console.ts';
import {
  alertChannel,
  assistantGrant,
  channelForm,
  dueOnPlatform,
  type Fields,
  finConnectors,
  finKey,
  withoutSecrets,
} from './form-subjects.ts';
import {
  api,
  app,
  bulkChange,
  type Case,
  campaign,
  code,
  connection,
  counted,
  delivery,
  desk,
  failedRecovery,
  importOf,
  mappedToMissing,
  peopleList,
  referral,
  review,
  reward,
  rule,
  run,
  sharedView,
  syncCheck,
  unique,
  viewFields,
} from './subjects.ts';

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

const webhookAddress = () => `${app.sandbox.url}/no-such-system/${randomUUID()}`;

export async function rewardWebhook(): Promise<string> {
  await desk.post('/console/reward-webhook', { url: webhookAddress() });
  return '';
}

const sideForm: Fields = {
  ...{ action: 'create-user', email: 'required', duplicates: 'nothing' },
  ...{ lead_where_user_wanted: 'convert', archived: 'report', do: 'save' },
  ...{ 'row.0.type': 'field', 'row.0.from': 'person.email', 'row.0.to': 'email' },
};

/** A campaign with something in its draft. */
export async function drafted(): Promise<string> {
  const id = await campaignFor(api);
  await desk.submit(`/console/campaigns/${id}/settings`, { expires_after_days: '9', ...attemptFields });
  return id;
}

export async function publish(id: string): Promise<void> {
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
    form: async () => ({ path: `/campaigns/${await mappedToMissing(side)}/${side}/missing` }),
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

export const formCases: Record<string, FormCase | null> = {
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
      fields: { campaign, group: 'members all' },
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
  '/settings/assistants': {
    action: 'settings.change',
    form: async () => ({
      path: '/settings/assistants',
      fields: { daily_limit: String(Math.floor(Math.random() * 1_000)) },
    }),
  },
  '/settings/assistants/disconnect': {
    action: 'assistant.disconnect',
    form: async () => ({ path: '/settings/assistants/disconnect', fields: { id: await assistantGrant() } }),
  },
  '/access/sessions/end': {
    action: 'session.end',
    form: async () => ({ path: '/access/sessions/end', fields: { id: await session() } }),
  },
  '/access/sessions/end-all': {
    action: 'session.end_all',
    form: async () => ({ path: '/access/sessions/end-all' }),
  },
  // Leaves entries of the key, too: test/fin/fin-setup.test.ts finds them.
  '/fin/connectors': null,
  '/fin/live': {
    ...formOf('fin_connectors.switch', () => '/fin/live', finConnectors, { state: 'live' }),
    outside: true,
  },
  '/fin/settings': {
    action: 'settings.change',
    form: async () => ({ path: '/fin/settings', fields: { 'fin.report_missing': 'on' } }),
  },
  '/fin/keys': {
    action: 'fin_key.create',
    form: async () => ({ path: '/fin/keys', fields: { name: 'A walk' } }),
    repeats: true,
  },
  '/fin/keys/revoke': {
    action: 'fin_key.revoke',
    form: async () => ({ path: '/fin/keys/revoke', fields: { id: await finKey() } }),
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
  '/messenger': {
    action: 'settings.change',
    form: async () => {
      await app.query("update settings set settings = settings - 'messenger'");
      return { path: '/messenger', fields: {} };
    },
  },
  '/messenger/check': null,
  '/user-tokens': {
    action: 'user_token_secret.add',
    form: async () => ({ path: await withoutSecrets('/user-tokens') }),
    repeats: true,
  },
  '/user-tokens/use': {
    action: 'user_token_secret.add',
    form: async () => ({
      path: await withoutSecrets('/user-tokens/use'),
      fields: { secret: `${randomUUID()}${randomUUID()}` },
    }),
  },
  '/user-tokens/remove': {
    action: 'user_token_secret.remove',
    form: async () => {
      await desk.post(`/console${await withoutSecrets('/user-tokens')}`);
      const [secret] = await app.query<{ id: string }>('select id from user_token_secrets');
      return { path: '/user-tokens/remove', fields: { id: secret?.id ?? '' } };
    },
  },
  '/messenger/words': {
    action: 'messenger.change_wording',
    form: async () => ({
      path: '/messenger/words',
      fields: {
        ...{ campaign, language: 'de', headline: randomUUID(), intro: '', needs: '', consent: '', share: '' },
      },
    }),
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
