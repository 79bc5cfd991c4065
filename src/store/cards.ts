// What the card shows, read in one query for all who ask at the same moment.
import type pg from 'pg';
import { z } from 'zod';
import { platformName, referralSource, referralStatus, rewardStatus } from '../domain/referral.ts';
import type { CardAnswer, CardQuestion, CardReader } from '../usecases/card-data.ts';
import { batched } from './batch.ts';

const moment = z.string().transform((value) => new Date(value));

const storedReferral = z.object({
  id: z.string(),
  campaign: z.string(),
  platform: platformName,
  status: referralStatus,
  statusReason: z.string().nullable(),
  explanation: z.string().nullable(),
  keptHere: z.boolean(),
  statusAt: moment,
  joinedAt: moment,
  rewardStatus,
  reward: z.string().nullable(),
  source: referralSource,
  platformUrl: z.string().nullable(),
  copiedAt: moment.nullable(),
  referrer: z
    .object({ name: z.string().nullable(), email: z.string().nullable(), contactId: z.string().nullable() })
    .nullable(),
});

const storedReferrer = z.object({
  id: z.string(),
  campaign: z.string(),
  code: z.string(),
  link: z.string().nullable(),
  platformUrl: z.string().nullable(),
  joinedAt: moment,
  referred: z.number(),
  pending: z.number(),
  qualified: z.number(),
  latest: z.array(
    z.object({
      name: z.string().nullable(),
      email: z.string().nullable(),
      status: referralStatus,
      joinedAt: moment,
    }),
  ),
});

// People are looked up by three indexes and united, since PostgreSQL answers one OR over three columns slower.
// A merged lead is looked up as the contact it was merged into.
// The parameters stand in sub-selects to hide from the planner how many keys there are: knowing it, it finds a plan made
// for few keys cheaper than its general one and plans every query anew, which took 1 ms of a lone card's 1.3.
const statement = `
  select asked.n::int as n, i.status as installation, i.time_zone, i.region,
    conversion.state, conversion.into_contact_id, conversion.started_at,
    person.id as person_id, person.contact_id, person.external_id, person.email, person.name,
    referred.list as referrals, referring.list as referrers
  from unnest((select $1::text[]), (select $2::text[]), (select $3::text[]), (select $4::text[]))
    with ordinality as asked (workspace_id, contact_id, external_id, email, n)
  left join installations i on i.workspace_id = asked.workspace_id
  left join lateral (
    select state, into_contact_id, started_at from conversions
    where workspace_id = asked.workspace_id and contact_id = asked.contact_id and state in ('started', 'done')
    order by started_at desc limit 1
  ) conversion on true
  left join lateral (
    select id, contact_id, external_id, email, name from people
    where workspace_id = asked.workspace_id
      and contact_id = case when conversion.state = 'done' then coalesce(conversion.into_contact_id, asked.contact_id) else asked.contact_id end
    union select id, contact_id, external_id, email, name from people
    where workspace_id = asked.workspace_id and external_id = asked.external_id
    union select id, contact_id, external_id, email, name from people
    where workspace_id = asked.workspace_id and email = asked.email
    limit 20
  ) person on true
  left join lateral (
    select json_agg(json_build_object(
      'id', r.id, 'campaign', c.name, 'platform', c.platform, 'status', r.status, 'statusReason', r.status_reason,
      'explanation', r.explanation, 'keptHere', r.kept_here,
      'statusAt', r.status_at, 'joinedAt', r.joined_at, 'rewardStatus', r.reward_status, 'reward', c.reward,
      'source', r.source, 'platformUrl', r.platform_url, 'copiedAt', r.copied_at,
      'referrer', case when by.id is not null then json_build_object(
        'name', who.name, 'email', who.email, 'contactId', who.contact_id) end
    ) order by r.joined_at desc, r.id) as list
    from referrals r
    join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
    left join referrers by on by.workspace_id = r.workspace_id and by.id = r.referrer_id
    left join people who on who.workspace_id = by.workspace_id and who.id = by.person_id
    where r.workspace_id = asked.workspace_id and r.person_id = person.id
  ) referred on true
  left join lateral (
    select json_agg(json_build_object(
      'id', f.id, 'campaign', c.name, 'code', f.code, 'link', f.link, 'platformUrl', f.platform_url,
      'joinedAt', f.joined_at, 'referred', counted.referred, 'pending', counted.pending,
      'qualified', counted.qualified, 'latest', coalesce(newest.list, '[]'::json)
    ) order by f.joined_at desc, f.id) as list
    from referrers f
    join campaigns c on c.workspace_id = f.workspace_id and c.id = f.campaign_id
    cross join lateral (
      select count(*) as referred, count(*) filter (where status = 'pending') as pending,
        count(*) filter (where status = 'qualified') as qualified
      from referrals where workspace_id = f.workspace_id and referrer_id = f.id
    ) counted
    left join lateral (
      select json_agg(json_build_object('name', who.name, 'email', who.email, 'status', one.status,
        'joinedAt', one.joined_at) order by one.joined_at desc) as list
      from (
        select person_id, status, joined_at from referrals
        where workspace_id = f.workspace_id and referrer_id = f.id order by joined_at desc limit 5
      ) one
      join people who on who.workspace_id = f.workspace_id and who.id = one.person_id
    ) newest on true
    where f.workspace_id = asked.workspace_id and f.person_id = person.id
  ) referring on true`;

type Row = {
  n: number;
  installation: 'active' | 'revoked' | 'uninstalled' | null;
  time_zone: string;
  region: 'US' | 'EU' | 'AU';
  state: 'started' | 'done' | null;
  into_contact_id: string | null;
  started_at: Date;
  person_id: string | null;
  contact_id: string | null;
  external_id: string | null;
  email: string | null;
  name: string | null;
  referrals: unknown;
  referrers: unknown;
};

/** The reader of cards. Rejects when the database does not answer within 1.5 seconds. */
export function createCardStore(database: { pool: pg.Pool }): CardReader {
  async function load(questions: CardQuestion[]): Promise<CardAnswer[]> {
    const columns = [
      questions.map((one) => one.workspaceId),
      questions.map((one) => one.contactId),
      questions.map((one) => one.externalId),
      questions.map((one) => one.email),
    ];
    const query = { name: 'card', text: statement, values: columns, query_timeout: 1_500 };
    const { rows } = await database.pool.query<Row>(query);
    const answers = questions.map((): CardAnswer => ({ installation: null, conversion: null, people: [] }));
    for (const row of rows) {
      const answer = answers[row.n - 1];
      if (answer) addRow(answer, row);
    }
    return answers;
  }
  return { read: batched(load, { perRound: 64, roundsAtOnce: 2 }) };
}

function addRow(answer: CardAnswer, row: Row): void {
  if (row.installation !== null) {
    answer.installation = { status: row.installation, timeZone: row.time_zone, region: row.region };
  }
  if (row.state !== null) {
    answer.conversion = {
      state: row.state,
      intoContactId: row.into_contact_id,
      startedAt: row.started_at,
    };
  }
  if (row.person_id === null) return;
  answer.people.push({
    id: row.person_id,
    contactId: row.contact_id,
    externalId: row.external_id,
    email: row.email,
    name: row.name,
    referrals: z.array(storedReferral).parse(row.referrals ?? []),
    referrers: z.array(storedReferrer).parse(row.referrers ?? []),
  });
}
