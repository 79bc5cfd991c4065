// Many referred people at once: a contact each, a pending referral, and on Referral Factory a user, too.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { autumn } from '../../sandbox/referral-factory/seed.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { seededContact } from '../../sandbox/story/seed.ts';

type Where = {
  sandbox: Sandbox;
  query<T extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<T[]>;
};

export type Referred = { contactId: string; email: string; referralId: string; platformId: string | null };

/**
 * Pending in the campaign of that name; of the story's, Spring and Autumn have a rule. Sends no notifications about
 * them.
 */
export async function addReferred(
  { sandbox, query }: Where,
  campaign: string,
  count: number,
): Promise<Referred[]> {
  const added = Array.from({ length: count }, () => {
    const email = `${randomUUID()}@example.com`;
    const platformId = campaign === 'Autumn' ? addToReferralFactory(sandbox, email) : null;
    return { contactId: addContact(sandbox, email), email, referralId: randomUUID(), platformId };
  });
  const personIds = added.map(() => randomUUID());
  await query(
    `insert into people (id, workspace_id, email, name, created_at)
     select id, 'sandbox', email, 'Somebody', now() from unnest($1::uuid[], $2::text[]) as given (id, email)`,
    [personIds, added.map((person) => person.email)],
  );
  await query(
    `insert into referrals (id, workspace_id, campaign_id, person_id, referrer_id, status, status_at, reward_status,
       source, joined_at, platform_id)
     select given.id, 'sandbox', c.id, person_id, (select f.id from referrers f where f.campaign_id = c.id limit 1),
       'pending', now(), 'none', 'api', now(), given.platform_id
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as given (id, person_id, platform_id)
     join campaigns c on c.workspace_id = 'sandbox' and c.name = $4`,
    [added.map((person) => person.referralId), personIds, added.map((person) => person.platformId), campaign],
  );
  return added;
}

function addContact({ world }: Sandbox, email: string): string {
  const model = world.contacts.get(seededContact('stranger@example.com').id);
  if (!model) throw new Error('The sandbox has no story.');
  const own = { id: world.newHexId(), external_id: randomUUID(), email, custom_attributes: {}, tag_ids: [] };
  return world.contacts.put({ ...model, ...own, company_ids: [] }).id;
}

function addToReferralFactory({ world }: Sandbox, email: string): string {
  const { users } = world.referralFactory;
  const model = users.get(autumn.lead);
  if (!model) throw new Error('The sandbox has no story.');
  const own = { id: world.newNumericId(), email, code: world.newHexId(), first_name: 'Somebody' };
  return users.put({ ...model, ...own, qualified_at: null, qualification_writes: 0 }).id;
}

/** Friends of a referrer, pending and qualified, each named by the referrer and with a reward that is due. */
export async function addFriends(
  { query }: Pick<Where, 'query'>,
  user: { id: string; email: string },
  count: number,
): Promise<void> {
  const [own] = await query<{ id: string; campaign_id: string; person_id: string }>(
    'select f.id, campaign_id, person_id from referrers f join people p on p.id = f.person_id where p.email = $1',
    [user.email],
  );
  const made = `from referrals r join people p on p.id = r.person_id where r.referrer_id = $1`;
  for (const [statement, values] of [
    [
      `insert into people (id, workspace_id, email, name, created_at)
       select gen_random_uuid(), 'sandbox', 'many-' || n || '@example.com', 'Friend ' || repeat('Long', 40) || n, now()
       from generate_series(1, $1::int) as n`,
      [count],
    ],
    [
      `insert into referrals (id, workspace_id, campaign_id, person_id, referrer_id, status, status_at, reward_status,
         source, joined_at)
       select gen_random_uuid(), 'sandbox', $1, id, $2, (array['pending', 'qualified'])[1 + abs(hashtext(email)) % 2],
         now(), 'none', 'api', now()
       from people where email like 'many-%'`,
      [own?.campaign_id, own?.id],
    ],
    [
      `insert into named_friends (workspace_id, referrer_id, person_id, contact_id, name, named_at)
       select 'sandbox', $1, p.id, $2, p.name, now() - interval '3 days' ${made}`,
      [own?.id, user.id],
    ],
    [
      `insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, status, due_at)
       select gen_random_uuid(), 'sandbox', r.id, 'referrer', $2, $3, repeat('A voucher ', 20), 'due', now() ${made}`,
      [own?.id, own?.campaign_id, own?.person_id],
    ],
  ] satisfies [string, unknown[]][])
    await query(statement, values);
}
