// Fills a database with a given number of referrals, in bulk, distributed as in a real program.
import pg from 'pg';
import { z } from 'zod';
import { grantAccess } from '../../sandbox/grant.ts';
import { prepareDatabase } from '../../src/store/prepare-database.ts';

/** A contact with Intercom's fields, and the campaigns of which its card must show one. */
export type KnownContact = z.infer<typeof knownContact>;

const knownContact = z.object({
  contactId: z.string(),
  externalId: z.string().nullable(),
  email: z.string(),
  name: z.string(),
  role: z.enum(['lead', 'user']),
  campaigns: z.array(z.string()).min(1),
  isReferrer: z.boolean(),
});

export const measuredWorkspace = 'bench';
const otherWorkspace = 'bystander';

/** Adds `referrals` to the measured workspace, and a tenth as many to another one. */
export async function fill(databaseUrl: string, referrals: number, appSecret: string): Promise<void> {
  await prepareDatabase(databaseUrl);
  const token = 'a token that the card has no use for';
  for (const workspaceId of [measuredWorkspace, otherWorkspace]) {
    await grantAccess({ databaseUrl, appSecret, workspaceId, token });
  }
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    // Without the foreign keys' triggers, which cost most of the time; these rows satisfy them anyway.
    await client.query('set session_replication_role = replica');
    await addReferrals(client, measuredWorkspace, referrals);
    await addReferrals(client, otherWorkspace, Math.ceil(referrals / 10));
    // Else no one sees anything personal in the Messenger.
    await client.query('update installations set identity_verification = true');
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/**
 * Nine in ten referrals have their own person; the rest are a person's second campaign. There is a referrer for every
 * five, half of them referred themselves; few of them have most of the referrals, and one referral in twenty has no
 * referrer. Ids are scattered, as random ones are.
 */
async function addReferrals(client: pg.Client, workspaceId: string, referrals: number): Promise<void> {
  const persons = Math.ceil(referrals * 0.9);
  const referrers = Math.ceil(referrals / 20) * 4;
  const id = (what: string, n: string) => `md5('${workspaceId} ${what} ' || ${n})::uuid`;
  await client.query(`
    insert into campaigns (id, workspace_id, name, platform, destination_url, rewards, created_at)
    select ${id('campaign', 'n')}, '${workspaceId}', (array['Spring', 'Partners', 'Autumn', 'Students'])[n + 1],
      'built-in', 'https://northwind.example/start',
      '{"referrer": {"label": "10 EUR credit", "amount": "10.00", "currency": "EUR", "limit_per_person": null}, "friend": null}',
      now() - interval '400 days'
    from generate_series(0, 3) as n`);
  await client.query(`
    insert into people (id, workspace_id, email, external_id, name, contact_id, created_at)
    select ${id('person', 'n')}, '${workspaceId}', 'person.' || n || '@example.com',
      case when n % 5 < 4 then 'customer-' || n end,
      (array['Maya', 'Noah', 'Zoë', 'Tomas', 'Priya', 'Lena', 'Hugo', 'Siân', 'Ben', 'Layla'])[n % 10 + 1] || ' '
        || (array['Okafor', 'Meyer', 'Haddad', 'Whitaker', 'Costa', 'Holm', 'Kallio'])[n % 7 + 1],
      case when n % 5 < 3 then left(md5('${workspaceId} contact ' || n), 24) end,
      now() - interval '1 minute' * (n % 500000)
    from generate_series(1, ${persons + referrers}) as n`);
  await client.query(`
    insert into referrers (id, workspace_id, campaign_id, person_id, code, joined_at)
    select ${id('referrer', 'n')}, '${workspaceId}', ${id('campaign', 'n % 4')},
      ${id('person', `case when n % 2 = 0 then n + 2 else ${persons} + n end`)},
      left(md5('${workspaceId} code ' || n), 12), now() - interval '1 minute' * (n % 500000)
    from generate_series(0, ${referrers - 1}) as n`);
  await client.query(`
    insert into referrals (id, workspace_id, campaign_id, person_id, referrer_id, status, status_at, reward_status,
      source, joined_at)
    select ${id('referral', 'n')}, '${workspaceId}', ${id('campaign', 'campaign')}, ${id('person', 'person')},
      case when n % 20 > 0 then ${id('referrer', 'referrer')} end,
      status, now() - interval '1 minute' * (n % 400000),
      case when status <> 'qualified' then 'none' when n % 3 = 0 then 'issued' else 'due' end,
      (array['link', 'link', 'api', 'platform'])[n % 4 + 1], now() - interval '1 minute' * (n % 400000 + 9999)
    from generate_series(1, ${referrals}) as n
    cross join lateral (select
      case when n > ${persons} then n - ${persons} else n end as person,
      case when n > ${persons} then (n - ${persons} + 1) % 4 else n % 4 end as campaign,
      (array['pending', 'qualified', 'pending', 'disqualified', 'pending', 'qualified', 'expired'])[n % 7 + 1] as status
    ) as of
    cross join lateral (select
      4 * floor(${referrers / 4} * power(abs(hashint8(n)::float8) / 2147483649, 1.5))::int + campaign as referrer
    ) as by`);
  await client.query(`
    insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, amount, currency,
      status, due_at, issued_at)
    select md5('reward ' || r.id)::uuid, r.workspace_id, r.id,
      case when f.id is null then 'friend' else 'referrer' end, r.campaign_id, coalesce(f.person_id, r.person_id),
      '10 EUR credit', '10.00', 'EUR', r.reward_status, r.status_at,
      case r.reward_status when 'issued' then r.status_at + interval '1 day' end
    from referrals r
    left join referrers f on f.workspace_id = r.workspace_id and f.id = r.referrer_id
    where r.workspace_id = '${workspaceId}' and r.reward_status <> 'none'`);
}

/** Up to `most` different contacts from all over the measured workspace. */
export async function knownContacts(databaseUrl: string, most: number): Promise<KnownContact[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query(
      `select coalesce(person.contact_id, left(md5('unlinked ' || person.id), 24)) as "contactId",
        person.external_id as "externalId", person.email, person.name,
        case when person.id::text < '4' then 'lead' else 'user' end as role,
        array(
          select c.name from campaigns c where c.id in (
            select campaign_id from referrals where workspace_id = $1 and person_id = person.id
            union select campaign_id from referrers where workspace_id = $1 and person_id = person.id
          )) as campaigns,
        exists (select from referrers where workspace_id = $1 and person_id = person.id) as "isReferrer"
      from (
        select * from people where workspace_id = $1
          and (exists (select from referrals where workspace_id = $1 and person_id = people.id)
            or exists (select from referrers where workspace_id = $1 and person_id = people.id))
        order by md5(people.id::text) limit $2
      ) person`,
      [measuredWorkspace, most],
    );
    return z.array(knownContact).parse(rows);
  } finally {
    await client.end();
  }
}
