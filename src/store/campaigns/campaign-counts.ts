// What is still open in a campaign: said before it is paused, ended or archived.
import { sql } from 'drizzle-orm';
import type { Queryable } from '../database.ts';
import { referrals } from '../schema.ts';

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
