// People without an Intercom contact.
import { and, asc, eq, gt, inArray, isNull } from 'drizzle-orm';
import type { Person } from '../../domain/program/program.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { personColumns } from '../program/people.ts';
import { referralIdsOf } from '../program/referrals.ts';
import { people, referrals } from '../schema.ts';
import { linkPeople } from './contacts.ts';
import { isExcludedFrom } from './link-decisions.ts';

/** Intercom's limit for one search. */
const perPage = 50;

/** People with a pending referral in the campaign and no contact, by id. */
export function unlinkedPeople(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  afterId: string | null,
): Promise<Person[]> {
  const pending = db
    .select({ id: referrals.personId })
    .from(referrals)
    .where(owned(referrals, { workspaceId, campaignId, status: 'pending' }));
  return db
    .select(personColumns)
    .from(people)
    .where(
      and(
        eq(people.workspaceId, workspaceId),
        isNull(people.contactId),
        inArray(people.id, pending),
        afterId === null ? undefined : gt(people.id, afterId),
      ),
    )
    .orderBy(asc(people.id))
    .limit(perPage);
}

/** Whether a teammate decided that the contact is not this person. */
export async function isLinkRefused(
  db: Queryable,
  workspaceId: string,
  personId: string,
  contactId: string,
): Promise<boolean> {
  const [refused] = await db
    .select({ id: people.id })
    .from(people)
    .where(and(owned(people, { workspaceId, id: personId }), isExcludedFrom(contactId)));
  return refused !== undefined;
}

/** Returns the ids of their referrals; empty when the person is not linked, as `linkPeople` says. */
export async function linkPerson(tx: Tx, workspaceId: string, personId: string, contactId: string) {
  const linked = await linkPeople(tx, workspaceId, [personId], contactId);
  return linked.length === 0 ? [] : referralIdsOf(tx, workspaceId, personId);
}
