// Finds many people and what they are in a campaign at once, by what a list says of them.
import { and, asc, eq, inArray, or } from 'drizzle-orm';
import type { Person, Referrer } from '../../domain/program/program.ts';
import type { Queryable } from '../database.ts';
import { campaignOf, personOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { personColumns } from '../program/people.ts';
import { type TrackedReferral, trackedColumns } from '../program/referral-status.ts';
import { campaigns, people, referrals, referrers } from '../schema.ts';

export type Identifiers = { emails: string[]; externalIds: string[]; contactIds?: string[] };

/** Oldest first. */
export async function peopleWith(
  db: Queryable,
  workspaceId: string,
  { emails, externalIds, contactIds = [] }: Identifiers,
): Promise<Person[]> {
  if (emails.length + externalIds.length + contactIds.length === 0) return [];
  const isMeant = or(
    emails.length > 0 ? inArray(people.email, emails) : undefined,
    externalIds.length > 0 ? inArray(people.externalId, externalIds) : undefined,
    contactIds.length > 0 ? inArray(people.contactId, contactIds) : undefined,
  );
  return db
    .select(personColumns)
    .from(people)
    .where(and(eq(people.workspaceId, workspaceId), isMeant))
    .orderBy(asc(people.createdAt), asc(people.id));
}

/** Of any campaign. */
export async function referrersByCode(
  db: Queryable,
  workspaceId: string,
  codes: readonly string[],
): Promise<Referrer[]> {
  if (codes.length === 0) return [];
  const { id, code, link, joinedAt } = referrers;
  const campaign = { id: campaigns.id, name: campaigns.name, platform: campaigns.platform };
  return db
    .select({ id, code, link, joinedAt, campaign, person: personColumns })
    .from(referrers)
    .innerJoin(campaigns, campaignOf(referrers))
    .innerJoin(people, personOf(referrers))
    .where(and(eq(referrers.workspaceId, workspaceId), inArray(code, [...codes])));
}

export type ReferralOfPerson = TrackedReferral & { personId: string; contactId: string | null };

export async function referralsOfPeople(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  personIds: readonly string[],
): Promise<ReferralOfPerson[]> {
  if (personIds.length === 0) return [];
  return db
    .select({ ...trackedColumns, personId: referrals.personId, contactId: people.contactId })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .innerJoin(people, personOf(referrals))
    .where(and(owned(referrals, { workspaceId, campaignId }), inArray(referrals.personId, [...personIds])));
}
