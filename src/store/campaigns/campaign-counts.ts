// What there is in a campaign, and what is still open: said before it is paused, ended or archived.
import { and, count, inArray, lte, sql } from 'drizzle-orm';
import type { SideName } from '../../domain/enrollment/enrollment.ts';
import type { Queryable } from '../database.ts';
import { enrollments } from '../enrollment/schema-enrollment.ts';
import { campaignOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { expiresAtColumn } from '../program/referral-status.ts';
import { campaigns, referrals } from '../schema.ts';

/** `unissued` counts rewards that are due, approved, or failed to be issued. */
export type OpenCounts = { pending: number; unissued: number };

export async function countOpen(db: Queryable, workspaceId: string, campaignId: string): Promise<OpenCounts> {
  const { rows } = await db.execute<OpenCounts>(sql`select
    (select count(*)::int from ${referrals}
      where workspace_id = ${workspaceId} and campaign_id = ${campaignId} and status = 'pending') as pending,
    (select count(*)::int from rewards
      where workspace_id = ${workspaceId} and campaign_id = ${campaignId}
        and status in ('due', 'approved', 'failed')) as unissued`);
  return rows[0] ?? { pending: 0, unissued: 0 };
}

/** What there is in a campaign at all. Rules count that are on. */
export type Beginnings = { hasRule: boolean; hasReferrer: boolean; hasReferral: boolean };

export async function readBeginnings(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
): Promise<Beginnings> {
  const inCampaign = sql`workspace_id = ${workspaceId} and campaign_id = ${campaignId}`;
  const { rows } = await db.execute<Beginnings>(sql`select
    exists (select from rules where ${inCampaign} and enabled) as "hasRule",
    exists (select from referrers where ${inCampaign}) as "hasReferrer",
    exists (select from referrals where ${inCampaign}) as "hasReferral"`);
  return rows[0] ?? { hasRule: false, hasReferrer: false, hasReferral: false };
}

/** Pending referrals past their days to qualify. */
export async function countOverdue(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  now: Date,
): Promise<number> {
  const [row] = await db
    .select({ overdue: count() })
    .from(referrals)
    .innerJoin(campaigns, campaignOf(referrals))
    .where(and(owned(referrals, { workspaceId, campaignId, status: 'pending' }), lte(expiresAtColumn, now)));
  return row?.overdue ?? 0;
}

/** People who wait for the setup of these sides. */
export async function countWaitingEnrollments(
  db: Queryable,
  workspaceId: string,
  campaignId: string,
  sides: readonly SideName[],
): Promise<number> {
  if (sides.length === 0) return 0;
  const [row] = await db
    .select({ waiting: count() })
    .from(enrollments)
    .where(
      and(
        owned(enrollments, { workspaceId, campaignId, state: 'setup-required' }),
        inArray(enrollments.side, [...sides]),
      ),
    );
  return row?.waiting ?? 0;
}
