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
