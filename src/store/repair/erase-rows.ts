// Removes personal data from the rows about a person or contact; referrals remain as anonymous counts.
import { type SQL, sql } from 'drizzle-orm';
import type { ErasedCounts, Sought } from '../../domain/repair/erasure.ts';
import { subjectsOfId } from '../../domain/runs/run.ts';
import type { Tx } from '../database.ts';

type Identifiers = Omit<Sought, 'names'>;

/** Allows this transaction to change append-only tables; see the migrations. */
export async function allowRewriting(tx: Tx): Promise<void> {
  await tx.execute(sql`set local referral_desk.erasing = 'on'`);
}

/** Only the fact that the row existed remains. */
export const blankRow = sql`given = '{}', identity = null, problems = null, error = 'erased',
  state = case when state in ('waiting', 'attempted') then 'failed' else state end`;

/** The same of a list of people. What is still to be done for it finds nothing. */
export const blankPeopleRow = sql`cells = '[]', identity = null, reason = 'erased',
  subject_id = case when outcome = 'done' then subject_id end`;

/** Returns the number of rows by table. */
export async function eraseRows(tx: Tx, workspaceId: string, identifiers: Identifiers) {
  await allowRewriting(tx);
  const counts: ErasedCounts = {};
  for (const [table, statement] of statements(workspaceId, identifiers)) {
    const { rowCount } = await tx.execute(statement);
    if (rowCount) counts[table] = (counts[table] ?? 0) + rowCount;
  }
  return counts;
}

type Statement = [table: string, SQL];

/** In the order in which other transactions take the rows, notifications first, to avoid deadlocks. */
function statements(workspaceId: string, identifiers: Identifiers): Statement[] {
  const parts = partsOf(workspaceId, identifiers);
  return [
    ...contactStatements(parts),
    ...workStatements(parts),
    ...reviewStatements(parts),
    ...enrollmentStatements(parts),
    ...listStatements(parts),
    ...rewardStatements(parts),
    ...personStatements(parts),
  ];
}

/** What the statements have in common: lists of ids, and the condition for the workspace. */
function partsOf(workspaceId: string, identifiers: Identifiers) {
  const { personIds, contactIds, emails } = identifiers;
  const people = sql`any(${sql.param([...personIds])}::uuid[])`;
  const contactIdList = sql`${sql.param([...contactIds])}::text[]`;
  const contacts = sql`any(${contactIdList})`;
  const here = sql`workspace_id = ${workspaceId}`;
  const referrals = sql`(select id from referrals where ${here} and person_id = ${people})`;
  const blankGiven = sql`'{"email": null, "externalId": null}'::jsonb`;
  const erased = sql`${sql.param([...personIds])}::text[]`;
  // A lead that is deleted because it was merged leaves the values that were chosen of it to the user.
  const leftGiven = sql`${blankGiven} || case when given ? 'keep' and into_contact_id is not null
    and into_contact_id <> all(${contactIdList}) and not person_ids ?| ${erased}
    then jsonb_build_object('keep', given -> 'keep') else '{}' end`;
  const keys = keysOf(identifiers);
  const subjects = sql`any(${sql.param([...personIds, ...contactIds, ...keys].flatMap(subjectsOfId))}::text[])`;
  const known = sql`any(${sql.param(keys)}::text[])`;
  return {
    ...{ workspaceId, contactIds, emails, people, contacts, contactIdList, here, referrals },
    ...{ erased, leftGiven, subjects, known },
  };
}

type Parts = ReturnType<typeof partsOf>;

function contactStatements({
  workspaceId,
  contactIds,
  contacts,
  here,
  erased,
  leftGiven,
}: Parts): Statement[] {
  return [
    [
      'deliveries',
      sql`update deliveries set body = '', outcome = 'erased',
          handled_at = coalesce(handled_at, now()), state = case state when 'received' then 'done' else state end
        where ${here} and contact_id = ${contacts} and outcome is distinct from 'erased'`,
    ],
    // The bare id stays, so that a late notification cannot bring anything back.
    [
      'contacts',
      sql`insert into contacts (workspace_id, contact_id, values, seen_at, deleted_at)
        select ${workspaceId}, id, '{}', 'epoch', now() from unnest(${sql.param([...contactIds])}::text[]) as id
        on conflict (workspace_id, contact_id) do update set role = null, values = '{}', written = null,
          seen_at = 'epoch', updated_at = null, deleted_at = now()
          where contacts.deleted_at is null or contacts.written is not null or contacts.seen_at > 'epoch'`,
    ],
    [
      'conversions',
      sql`update conversions set given = ${leftGiven}, error = null
        where ${here} and (given <> ${leftGiven} or error is not null) and (contact_id = ${contacts} or into_contact_id = ${contacts}
          or person_ids ?| ${erased})`,
    ],
  ];
}

function workStatements({ contacts, here, referrals, subjects }: Parts): Statement[] {
  return [
    // A kind alone cannot be run again.
    [
      'runs',
      sql`update runs set work = jsonb_build_object('kind', kind), cause = 'erased', error = null, dismissed_because = null, exchange = null,
          finished_at = coalesce(finished_at, now()), state = case state when 'waiting' then 'canceled' else state end
        where ${here} and cause <> 'erased' and deduplication_key not like 'erasure:%'
          and (subject = ${subjects} or contact_id = ${contacts} or referral_id in ${referrals})`,
    ],
    [
      'decisions',
      sql`update decisions set explanation = 'erased', reasons = '[]' where ${here} and referral_id in ${referrals} and explanation <> 'erased'`,
    ],
    [
      'referral_history',
      sql`update referral_history set reason = null, actor_name = case actor when 'person' then null else actor_name end
        where ${here} and referral_id in ${referrals} and (reason is not null or actor = 'person' and actor_name is not null)`,
    ],
  ];
}

function reviewStatements({ people, contactIdList, contacts, here, emails }: Parts): Statement[] {
  return [
    [
      'reviews',
      sql`delete from reviews where ${here}
        and enrollment_id in (select id from enrollments where ${here} and person_id = ${people})`,
    ],
    ['reviews', sql`delete from reviews where ${here} and reporter_id = ${people}`],
    // What others reported of them.
    [
      'reviews',
      sql`update reviews set friend_email = null, said = null
        where ${here} and friend_email = any(${sql.param([...emails])}::text[])`,
    ],
    ['fin_requests', sql`delete from fin_requests where ${here} and person_id = ${people}`],
    ['review_candidates', sql`delete from review_candidates where ${here} and contact_id = ${contacts}`],
    // A review of another person continues without them.
    [
      'reviews',
      sql`update reviews set candidates = coalesce((select jsonb_agg(one) from jsonb_array_elements(candidates) as one
            where one ->> 'id' <> all(${contactIdList})), '[]')
        where ${here} and exists (select from jsonb_array_elements(candidates) as one where one ->> 'id' = ${contacts})`,
    ],
  ];
}

function enrollmentStatements({ contactIds, people, contacts, here, known }: Parts): Statement[] {
  return [
    // Kept, so that they are not enrolled again.
    [
      'enrollments',
      sql`update enrollments set state = 'done', outcome = 'erased', contact_id = null
        where ${here} and person_id = ${people} and outcome is distinct from 'erased'`,
    ],
    [
      'created_contacts',
      sql`delete from created_contacts where ${here} and (contact_id = ${contacts} or key = ${known})`,
    ],
    [
      'own_writes',
      sql`delete from own_writes where ${here} and (subject = ${known} or subject = any(${sql.param(contactIds.map((id) => `contact:${id}`))}::text[]))`,
    ],
    [
      'contact_reservations',
      sql`delete from contact_reservations where ${here}
        and holder in (select holder from contact_reservations where ${here} and key = ${known})`,
    ],
  ];
}

function listStatements({ people, contacts, here, known }: Parts): Statement[] {
  return [
    [
      'import_rows',
      sql`update import_rows set ${blankRow}
        where ${here} and (identity = ${known} or contact_id = ${contacts}) and error is distinct from 'erased'`,
    ],
    [
      'people_import_rows',
      sql`update people_import_rows set ${blankPeopleRow}
        where ${here} and (identity = ${known} or person_id = ${people}) and reason is distinct from 'erased'`,
    ],
    [
      'uncounted_joins',
      sql`delete from uncounted_joins where ${here} and (identity = ${known} or person_id = ${people})`,
    ],
    [
      'sync_check_rows',
      sql`delete from sync_check_rows where ${here} and (person_id = ${people} or contact_id = ${contacts})`,
    ],
    [
      'referrals',
      sql`update referrals set explanation = null, status_reason = null, extra = null
        where ${here} and person_id = ${people} and coalesce(explanation, status_reason, extra::text) is not null`,
    ],
    // What they wrote to the friends they named in the Messenger.
    [
      'referrals',
      sql`update referrals set extra = nullif(extra - 'message', '{}')
        where ${here} and source = 'messenger' and extra ? 'message'
          and referrer_id in (select id from referrers where ${here} and person_id = ${people})`,
    ],
  ];
}

function rewardStatements({ people, here, referrals }: Parts): Statement[] {
  return [
    [
      'receipt_rows',
      sql`update receipt_rows set reference = null where ${here} and reference is not null and reward_id in
        (select id from rewards where ${here} and (person_id = ${people} or referral_id in ${referrals}))`,
    ],
    // Of one that is under way its rewards are still to get them.
    [
      'bulk_changes',
      sql`update bulk_changes set reference = null, reason = null
        where ${here} and coalesce(reference, reason) is not null and state not in ('checking', 'ready', 'running')
          and id in (select bulk_id from bulk_change_rows where ${here} and reward_id in
            (select id from rewards where ${here} and (person_id = ${people} or referral_id in ${referrals})))`,
    ],
    // What was paid stays; a receipt or a reason may name who it was paid to.
    [
      'rewards',
      sql`update rewards set reference = null, reason = null
        where ${here} and (person_id = ${people} or referral_id in ${referrals}) and coalesce(reference, reason) is not null`,
    ],
  ];
}

function personStatements({ people, contacts, here }: Parts): Statement[] {
  return [
    // Friends they named, people who named them, and what was written about them.
    [
      'named_friends',
      sql`delete from named_friends where ${here} and (person_id = ${people} or contact_id = ${contacts}
        or referrer_id in (select id from referrers where ${here} and person_id = ${people}))`,
    ],
    [
      'referrers',
      sql`update referrers set extra = null where ${here} and person_id = ${people} and extra is not null`,
    ],
    [
      'people',
      sql`update people set email = null, external_id = null, name = null, contact_id = null
        where ${here} and id = ${people} and coalesce(email, external_id, name, contact_id) is not null`,
    ],
  ];
}

/** Runs, import rows and created contacts name a person by these keys. */
export function keysOf({ emails, externalIds }: Pick<Identifiers, 'emails' | 'externalIds'>): string[] {
  return [...emails.map((email) => `email:${email}`), ...externalIds.map((id) => `external:${id}`)];
}
