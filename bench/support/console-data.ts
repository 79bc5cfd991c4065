// Further data of a typical workspace for the console's pages: history, decisions, deliveries, runs.
import pg from 'pg';
import { measuredWorkspace } from './referrals.ts';

/**
 * Call it after `fill`: adds some history, a decision, a delivery, three runs and a friend's reward for every referral,
 * and days with clicks for every referrer.
 */
export async function fillConsole(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    // Without the foreign keys' triggers, which cost most of the time; these rows satisfy them anyway.
    await client.query('set session_replication_role = replica');
    await addRecords(client);
    await addRuns(client);
    await addRewards(client);
    await addClicks(client);
    // What triggers would have counted.
    await client.query('select recount_days($1)', [measuredWorkspace]);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

const referred = `
  select r.id, r.status, r.joined_at, r.status_at, p.id as person_id,
    coalesce(p.contact_id, left(md5('unlinked ' || p.id), 24)) as contact_id,
    row_number() over (order by r.joined_at) as n
  from referrals r join people p on p.workspace_id = r.workspace_id and p.id = r.person_id
  where r.workspace_id = '${measuredWorkspace}'`;

async function addRecords(client: pg.Client): Promise<void> {
  await client.query(`
    insert into rules (id, workspace_id, campaign_id, name, version, definition, enabled, created_at, updated_at)
    select md5('rule ' || id)::uuid, workspace_id, id, 'Paid plan', 1,
      '{"when":{"attribute":"custom_attributes.plan","operator":"is","value":"pro"},"then":"qualify"}', true, now(), now()
    from campaigns where workspace_id = '${measuredWorkspace}'`);
  await client.query(`
    insert into contacts (workspace_id, contact_id, role, values, updated_at, seen_at)
    select distinct on (contact_id) '${measuredWorkspace}', contact_id, 'lead', '{"custom_attributes.plan":"free"}'::jsonb,
      joined_at, joined_at
    from (${referred}) one`);
  await client.query(`
    insert into referral_history (workspace_id, referral_id, at, what, "from", "to", actor, actor_name)
    select '${measuredWorkspace}', id, joined_at, 'joined', null, null, 'api', 'Northwind shop' from (${referred}) one
    union all
    select '${measuredWorkspace}', id, status_at, 'status', 'pending', status, 'rule', 'Paid plan' from (${referred}) one
    where status <> 'pending'`);
  await client.query(`
    insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state, outcome, handled_at)
    select '${measuredWorkspace}', 'notif_' || id, (array['contact.user.updated', 'contact.lead.signed_up'])[n % 2 + 1],
      contact_id, '{"type":"notification_event","data":{"item":{"note":"' || repeat(md5(id::text), 20) || '"}}}',
      joined_at, case when n % 5000 = 0 then 'failed' when n % 3 = 0 then 'ignored' else 'done' end, 'no rule was met',
      joined_at
    from (${referred}) one order by n`);
  await client.query(`
    insert into decisions (workspace_id, referral_id, rule_id, rule_version, outcome, explanation, reasons, at)
    select '${measuredWorkspace}', one.id, md5('rule ' || r.campaign_id)::uuid, 1, 'not-met', 'Needs plan to be pro',
      '[{"wanted":"plan to be pro","seen":"plan is free","met":false}]', one.joined_at
    from (${referred}) one join referrals r on r.id = one.id order by n`);
}

/** Nearly all done; a few failed, waiting or canceled, as on a usual day. */
async function addRuns(client: pg.Client): Promise<void> {
  await client.query(`
    insert into runs (id, workspace_id, kind, subject, referral_id, contact_id, deduplication_key, work, cause, state, attempts,
      max_attempts, due_at, exchange, error, created_at, finished_at)
    select md5('run ' || kind || one.id)::uuid, '${measuredWorkspace}', kind,
      one.person_id || case when kind = 'change-status' then '' else ' in Intercom' end, one.id, contact_id,
      kind || ':' || one.id, jsonb_build_object('kind', kind, 'contactId', contact_id), 'Qualified by rule Paid plan',
      state, case when state = 'failed' then 5 else 0 end, 5, joined_at,
      '{"request":{"method":"PUT","path":"/contacts"},"answer":{"status":200}}',
      case when state = 'failed' then 'Intercom answered 400: no such attribute' end, joined_at, joined_at
    from (${referred}) one
    cross join unnest(array['change-status', 'write-back', 'tag']) with ordinality as of (kind, at)
    cross join lateral (
      select case (n + at) % 2000 when 0 then 'failed' when 1 then 'waiting' when 2 then 'canceled' else 'done' end
    ) as ended (state)
    order by n, at`);
}

/** With those of referrers, about as many as referrals and a third more. */
async function addRewards(client: pg.Client): Promise<void> {
  await client.query(`
    insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, amount, currency, status,
      due_at, issued_at, canceled_at)
    select md5('friend reward ' || r.id)::uuid, r.workspace_id, r.id, 'friend', r.campaign_id, r.person_id, 'A voucher',
      (array['5.00', '10.00', '12.50'])[of.n % 3 + 1], case of.n % 5 when 0 then null else 'EUR' end, of.status, r.status_at,
      case of.status when 'issued' then r.status_at + interval '2 days' end,
      case of.status when 'canceled' then r.status_at + interval '1 hour' end
    from referrals r
    cross join lateral (select abs(hashtext(r.id::text)) as n) hashed
    cross join lateral (select hashed.n, case when r.status <> 'qualified' then 'canceled'
      else (array['due', 'issued', 'issued'])[hashed.n % 3 + 1] end as status) of
    where r.workspace_id = '${measuredWorkspace}'
    on conflict do nothing`);
}

async function addClicks(client: pg.Client): Promise<void> {
  await client.query(`
    insert into click_days (workspace_id, referrer_id, day, campaign_id, clicks)
    select workspace_id, id, current_date - (abs(hashtext(id::text)) % 17 + days * 17), campaign_id, 1 + days
    from referrers cross join generate_series(0, 4) as days where workspace_id = '${measuredWorkspace}'`);
}
