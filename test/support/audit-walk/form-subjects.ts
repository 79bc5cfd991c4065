// What the forms of the console act on, where no other change of the walk has made it.
import { randomUUID } from 'node:crypto';
import { app, desk } from './subjects.ts';

export type Fields = Record<string, string | string[]>;

export const channelForm = (): Fields => ({
  ...{ name: `#${randomUUID()}`, url: `${app.sandbox.url}/slack/alerts`, failures: 'on' },
});

export async function assistantGrant(): Promise<string> {
  const [row] = await app.query<{ id: string }>(
    `insert into assistant_grants (id, workspace_id, teammate_id, client_id, client_name, client_host, scopes,
       resource, created_at, expires_at)
     select gen_random_uuid(), workspace_id, teammate_id, 'a test', 'A test', 'a.test', '["referrals:read"]', 'none',
       now(), now() + interval '1 day' from teammates where workspace_id = 'sandbox' limit 1 returning id`,
  );
  return row?.id ?? '';
}

export async function finConnectors(): Promise<string> {
  await desk.post('/console/fin/connectors');
  await app.query(`update fin_connectors set state = 'draft'`);
  return '';
}

export async function finKey(): Promise<string> {
  await desk.post('/console/fin/keys', { name: 'A walk' });
  const [row] = await app.query<{ id: string }>(
    'select id from fin_keys where revoked_at is null order by created_at desc limit 1',
  );
  return row?.id ?? '';
}

/** No more than two are kept. */
export async function withoutSecrets(path: string): Promise<string> {
  await app.query('delete from user_token_secrets');
  return path;
}

export async function alertChannel(): Promise<string> {
  const { name, ...fields } = channelForm();
  await desk.submit('/console/alerts/channels', { name: String(name), ...fields });
  const [row] = await app.query<{ id: string }>('select id from alert_channels where name = $1', [name]);
  return row?.id ?? '';
}

/** A reward that is due on Referral Factory. */
export function dueOnPlatform(): string {
  const { world } = app.sandbox;
  const id = world.newNumericId();
  const about = { reward_id: '1', metric: 'amount' as const, state: 'due' as const };
  world.referralFactory.rewards.put({ id, ...about, recipient_id: '88120', lead_id: '88475' });
  return id;
}
