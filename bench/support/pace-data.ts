// Workspaces with a small program and a rule, in which one contact in ten is a person with a pending referral.
import pg from 'pg';
import { grantAccess } from '../../sandbox/grant.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';
import { benchContact, benchWorkspace, contacts } from './notifications.ts';

export const quietWorkspace = 'quiet';

/** Nothing is written to Intercom, which these workspaces do not have. */
export async function fillPace(databaseUrl: string, workspaces: number, appSecret: string): Promise<void> {
  await prepareDatabase(databaseUrl);
  const ids = [...Array.from({ length: workspaces }, (_, at) => benchWorkspace(at)), quietWorkspace];
  for (const workspaceId of ids) {
    await grantAccess({ databaseUrl, appSecret, workspaceId, token: 'a token that is never used' });
  }
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const known = Array.from({ length: contacts / 10 }, (_, at) => benchContact(at * 10));
  const id = (what: string) => `md5(workspace || ' ${what}')::uuid`;
  const ofContact = (what: string) => `md5(workspace || ' ${what} ' || contact)::uuid`;
  try {
    await client.query(
      `insert into settings (workspace_id, settings, updated_at)
       select workspace, '{"write_back": {"attributes": false, "tag": false, "event": false}}', now()
       from unnest($1::text[]) workspace
       on conflict (workspace_id) do update set settings = excluded.settings`,
      [ids],
    );
    await client.query(
      `insert into campaigns (id, workspace_id, name, platform, destination_url, rewards, created_at)
       select ${id('campaign')}, workspace, 'Spring', 'built-in', 'https://northwind.example/start',
         '{"referrer": null, "friend": null}', now() from unnest($1::text[]) workspace`,
      [ids],
    );
    await client.query(
      `insert into rules (id, workspace_id, campaign_id, name, version, definition, enabled, created_at, updated_at)
       select ${id('rule')}, workspace, ${id('campaign')}, 'Paid plan', 1,
         '{"when":{"attribute":"custom_attributes.plan","operator":"is","value":"pro"},"then":"qualify"}', true, now(), now()
       from unnest($1::text[]) workspace`,
      [ids],
    );
    await client.query(
      `insert into people (id, workspace_id, email, name, contact_id, created_at)
       select ${ofContact('person')}, workspace, contact || '@example.com', 'Mira Lund', contact, now()
       from unnest($1::text[]) workspace, unnest($2::text[]) contact`,
      [ids, known],
    );
    await client.query(
      `insert into referrals (id, workspace_id, campaign_id, person_id, status, status_at, reward_status, source, joined_at)
       select ${ofContact('referral')}, workspace, ${id('campaign')}, ${ofContact('person')}, 'pending', now(), 'none',
         'api', now() from unnest($1::text[]) workspace, unnest($2::text[]) contact`,
      [ids, known],
    );
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}
