// Reads what may keep referrals from qualifying, with the referral or inside its change's transaction.
import { sql } from 'drizzle-orm';
import {
  blockOf,
  type KnownIdentity,
  type QualificationBlock,
} from '../../domain/program/qualification-block.ts';
import type { Queryable } from '../database.ts';
import { owned } from '../owned.ts';
import { referrals } from '../schema.ts';

/** For a statement that calls the table of referrals so; to be read by `readBlock`. */
export const blockFacts = (alias: string) => `(
  select json_build_array(
    ${identityOf('friend')},
    (
      select ${identityOf('giving')}
      from referrers ref
      join people giving on giving.workspace_id = ref.workspace_id and giving.id = ref.person_id
      left join contacts giving_contact on giving_contact.workspace_id = ref.workspace_id
        and giving_contact.contact_id = giving.contact_id
      where ref.workspace_id = ${alias}.workspace_id and ref.id = ${alias}.referrer_id
    ),
    exists (
      select from people twin
      join referrals other on other.workspace_id = twin.workspace_id and other.person_id = twin.id
      where twin.workspace_id = friend.workspace_id and twin.contact_id = friend.contact_id and twin.id <> friend.id
        and other.campaign_id = ${alias}.campaign_id
        and (other.status = 'qualified' and ${alias}.status = 'pending'
          or other.status = ${alias}.status and (other.joined_at, other.id) < (${alias}.joined_at, ${alias}.id))
    ))
  from people friend
  left join contacts friend_contact on friend_contact.workspace_id = friend.workspace_id
    and friend_contact.contact_id = friend.contact_id
  where friend.workspace_id = ${alias}.workspace_id and friend.id = ${alias}.person_id)`;

const identityOf = (person: string) => `json_build_array(
  ${person}.id, coalesce(${person}_contact.merged_into, ${person}.contact_id),
  ${person}.email, ${person}_contact.values ->> 'email',
  ${person}.external_id, ${person}_contact.values ->> 'external_id')`;

type IdentityColumns = [
  personId: string,
  contactId: string | null,
  email: string | null,
  contactEmail: string | null,
  externalId: string | null,
  contactExternalId: string | null,
];
export type BlockFacts = [
  friend: IdentityColumns,
  referrer: IdentityColumns | null,
  /** Of the same contact in the same campaign. */
  hasFirstReferral: boolean,
];

export function readBlock([friend, referrer, hasFirstReferral]: BlockFacts): QualificationBlock | null {
  return blockOf({ friend: known(friend), referrer: referrer && known(referrer), hasFirstReferral });
}

function known([personId, contactId, email, contactEmail, ...ids]: IdentityColumns): KnownIdentity {
  return { personId, contactId, emails: [email, contactEmail], externalIds: ids };
}

/** A column of a query on referrals. */
export const blockColumn = sql`${sql.raw(blockFacts('referrals'))}`.mapWith(
  (facts: BlockFacts): QualificationBlock | null => readBlock(facts),
);

/** The same in words, for a file. */
export const blockReasonColumn = sql`${sql.raw(blockFacts('referrals'))}`.mapWith(
  (facts: BlockFacts): string | null => readBlock(facts)?.reason ?? null,
);

export async function findBlock(db: Queryable, workspaceId: string, referralId: string) {
  const [found] = await db
    .select({ block: blockColumn })
    .from(referrals)
    .where(owned(referrals, { workspaceId, id: referralId }));
  return found?.block ?? null;
}
