// What Fin asked to be done, once for each conversation, contact and purpose, and how often in a day.
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { FinPurpose } from '../../domain/fin/question.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { finRequests } from './schema-fin.ts';

export type NewFinRequest = {
  id: string;
  purpose: FinPurpose;
  personId: string;
  deduplicationKey: string;
  at: Date;
};

type Limits = { since: Date; person: number; workspace: number };

/** Requests of one purpose wait for each other, so that no two of them pass a limit together. */
export async function claimFinRequest(
  tx: Tx,
  workspaceId: string,
  request: NewFinRequest,
  { since, person, workspace }: Limits,
): Promise<'new' | 'repeated' | 'too-many'> {
  const { purpose, personId, deduplicationKey } = request;
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`fin ${workspaceId} ${purpose}`}, 0))`,
  );
  const repeated = await tx.$count(
    finRequests,
    owned(finRequests, { workspaceId, purpose, deduplicationKey }),
  );
  if (repeated > 0) return 'repeated';
  const ofDay = and(owned(finRequests, { workspaceId, purpose }), gte(finRequests.at, since));
  if ((await tx.$count(finRequests, ofDay)) >= workspace) return 'too-many';
  if ((await tx.$count(finRequests, and(ofDay, eq(finRequests.personId, personId)))) >= person)
    return 'too-many';
  await tx.insert(finRequests).values({ ...request, workspaceId });
  return 'new';
}

/** The newest campaign in which a person refers, else in which they were referred. */
export async function findCampaignOfPeople(
  db: Pick<Queryable, 'execute'>,
  workspaceId: string,
  personIds: readonly string[],
): Promise<{ campaignId: string; personId: string } | null> {
  const persons = sql`any(${sql.param([...personIds])}::uuid[])`;
  const { rows } = await db.execute<{ campaign_id: string; person_id: string }>(sql`
    select campaign_id, person_id from (
      select campaign_id, person_id, joined_at, 0 as rank from referrers
      where workspace_id = ${workspaceId} and person_id = ${persons}
      union all
      select campaign_id, person_id, joined_at, 1 as rank from referrals
      where workspace_id = ${workspaceId} and person_id = ${persons}
    ) found order by rank, joined_at desc limit 1`);
  const [row] = rows;
  return row ? { campaignId: row.campaign_id, personId: row.person_id } : null;
}

/** Returns whether there may be more. */
export async function deleteFinRequests(db: Queryable, before: Date): Promise<boolean> {
  await db.delete(finRequests).where(lt(finRequests.at, before));
  return false;
}
