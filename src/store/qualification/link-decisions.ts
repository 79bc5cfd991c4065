// Teammates' decisions about which person a contact is. Nothing that links on its own overrides them.
import { type SQL, sql } from 'drizzle-orm';

/** Of the referrals of a person: `person` is an SQL expression of the id. */
const linksOf = (person: SQL) => sql`referrals joined join referral_history entry
    on entry.workspace_id = joined.workspace_id and entry.referral_id = joined.id and entry.what = 'linked'
  where joined.workspace_id = people.workspace_id and joined.person_id = ${person}`;

/** In a query of `people`: a teammate took this contact back from the person, or chose another person for it. */
export const isExcludedFrom = (contactId: SQL | string): SQL => sql`(
  exists (select from ${linksOf(sql`people.id`)} and entry."from" = ${contactId} and entry."to" is null)
  or exists (select from people other
    where other.workspace_id = people.workspace_id and other.contact_id = ${contactId} and other.id <> people.id
      and (select entry."to" from ${linksOf(sql`other.id`)} order by entry.id desc limit 1) is not null))`;
