// Reads what may keep referrals from qualifying, with the referral or inside its change's transaction.
import { sql } from 'drizzle-orm';
import { type DoubtFacts, type DoubtHint, hintsOf, maxRingLength } from '../../domain/program/doubt.ts';
import {
  blockOf,
  type KnownIdentity,
  type QualificationBlock,
} from '../../domain/program/qualification-block.ts';
import type { Queryable } from '../database.ts';
import { owned } from '../owned.ts';
import { referrals } from '../schema.ts';

/**
 * For a statement that calls the table of referrals so; to be read by `readQualification`. Hints cost a few look-ups for
 * each referral: `held` reads them only where they keep it from qualifying.
 */
export const blockFacts = (alias: string, hints: 'held' | 'always' = 'held') => `(
  select json_build_array(
    ${identityOf('friend', alias)},
    (
      select ${identityOf('giving', 'ref')}
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
    ),
    ${alias}.source = 'messenger' and exists (select from named_friends named
      where named.workspace_id = ${alias}.workspace_id and named.referrer_id = ${alias}.referrer_id
        and named.person_id = ${alias}.person_id and named.was_user),
    ${hints === 'always' ? doubtFacts(alias) : `case when ${isHeld(alias)} then ${doubtFacts(alias)} end`})
  from people friend
  left join contacts friend_contact on friend_contact.workspace_id = friend.workspace_id
    and friend_contact.contact_id = friend.contact_id
  where friend.workspace_id = ${alias}.workspace_id and friend.id = ${alias}.person_id)`;

const identityOf = (person: string, joined: string) => `json_build_array(
  ${person}.id, coalesce(${person}_contact.merged_into, ${person}.contact_id),
  ${person}.email, ${person}_contact.values ->> 'email',
  ${person}.external_id, ${person}_contact.values ->> 'external_id',
  ${person}.name, ${person}_contact.values ->> 'name',
  ${person}_contact.values ->> 'phone', ${joined}.extra ->> 'phone')`;

/** The campaign's own word, else the workspace's. What has qualified is not held any more. */
const isHeld = (alias: string) => `(${alias}.status <> 'qualified' and coalesce(
  (select (held_in.settings ->> 'hold_doubtful')::boolean from campaigns held_in
    where held_in.workspace_id = ${alias}.workspace_id and held_in.id = ${alias}.campaign_id),
  (select (holding.settings ->> 'hold_doubtful')::boolean from settings holding
    where holding.workspace_id = ${alias}.workspace_id), false))`;

const doubtFacts = (alias: string) => `json_build_array(
  ${isHeld(alias)},
  (
    select json_agg(allowing.hints) from reviews allowing
    where allowing.workspace_id = ${alias}.workspace_id and allowing.referral_id = ${alias}.id
      and allowing.decision -> 'qualify' is not null
  ),
  ${ringLength(alias)},
  (
    select count(*) from (
      select from people mate
      join referrals given on given.workspace_id = mate.workspace_id and given.person_id = mate.id
      where mate.workspace_id = friend.workspace_id and mate.mailbox = friend.mailbox
        and given.referrer_id = ${alias}.referrer_id
      limit 10
    ) mates
  ))`;

/** Follows the referrer's own referral upwards: each person has at most one in a campaign. */
const ringLength = (alias: string) => {
  const steps = Array.from({ length: maxRingLength - 1 }, (_, at) => at + 1);
  const joins = steps.map(
    (step) => `left join referrals up${step} on up${step}.workspace_id = by${step - 1}.workspace_id
        and up${step}.campaign_id = by${step - 1}.campaign_id and up${step}.person_id = by${step - 1}.person_id
      left join referrers by${step} on by${step}.workspace_id = up${step}.workspace_id and by${step}.id = up${step}.referrer_id`,
  );
  const found = steps.map((step) => `when by${step}.person_id = friend.id then ${step + 1}`);
  return `(
    select case ${found.join(' ')} end from referrers by0
      ${joins.join(' ')}
    where by0.workspace_id = ${alias}.workspace_id and by0.id = ${alias}.referrer_id)`;
};

type IdentityColumns = [
  personId: string,
  contactId: string | null,
  email: string | null,
  contactEmail: string | null,
  externalId: string | null,
  contactExternalId: string | null,
  name: string | null,
  contactName: string | null,
  contactPhone: string | null,
  givenPhone: string | null,
];
type DoubtColumns = [
  isHeld: boolean,
  allowed: DoubtHint[][] | null,
  ringLength: number | null,
  friendsOfMailbox: number,
];
export type BlockFacts = [
  friend: IdentityColumns,
  referrer: IdentityColumns | null,
  /** Of the same contact in the same campaign. */
  hasFirstReferral: boolean,
  wasUser: boolean,
  /** Null when they were not read. */
  doubt: DoubtColumns | null,
];

/** What keeps a referral from qualifying, and what makes it doubtful. */
export type Qualification = { block: QualificationBlock | null; hints: DoubtHint[] };

export function readQualification([
  friend,
  referrer,
  hasFirstReferral,
  wasUser,
  doubt,
]: BlockFacts): Qualification {
  const [isHeld, allowed, ringLength, friendsOfMailbox] = doubt ?? [false, null, null, 0];
  const alike = (person: IdentityColumns) => known(person).alike;
  const facts: DoubtFacts = {
    friend: alike(friend),
    referrer: referrer && alike(referrer),
    ringLength,
    friendsOfMailbox,
  };
  const hints = doubt === null ? [] : hintsOf(facts);
  const block = blockOf({
    friend: known(friend).identity,
    referrer: referrer && known(referrer).identity,
    hasFirstReferral,
    wasUser,
    held: isHeld ? { hints, allowed: (allowed ?? []).flat() } : null,
  });
  return { block, hints };
}

function known(columns: IdentityColumns): { identity: KnownIdentity; alike: DoubtFacts['friend'] } {
  const [personId, contactId, email, contactEmail, externalId, contactExternalId, ...more] = columns;
  const [name, contactName, contactPhone, givenPhone] = more;
  const emails = [email, contactEmail];
  return {
    identity: { personId, contactId, emails, externalIds: [externalId, contactExternalId] },
    alike: { emails, phones: [contactPhone, givenPhone], names: [name, contactName] },
  };
}

/** A column of a query on referrals. */
export const blockColumn = sql`${sql.raw(blockFacts('referrals'))}`.mapWith(
  (facts: BlockFacts): QualificationBlock | null => readQualification(facts).block,
);

/** The same with the hints. */
export const qualificationColumn = sql`${sql.raw(blockFacts('referrals', 'always'))}`.mapWith(
  (facts: BlockFacts): Qualification => readQualification(facts),
);

/** The block in words, for a file. */
export const blockReasonColumn = sql`${sql.raw(blockFacts('referrals'))}`.mapWith(
  (facts: BlockFacts): string | null => readQualification(facts).block?.reason ?? null,
);

export async function findQualification(db: Queryable, workspaceId: string, referralId: string) {
  const [found] = await db
    .select({ qualification: qualificationColumn })
    .from(referrals)
    .where(owned(referrals, { workspaceId, id: referralId }));
  return found?.qualification ?? { block: null, hints: [] };
}

export async function findBlock(db: Queryable, workspaceId: string, referralId: string) {
  const [found] = await db
    .select({ block: blockColumn })
    .from(referrals)
    .where(owned(referrals, { workspaceId, id: referralId }));
  return found?.block ?? null;
}
