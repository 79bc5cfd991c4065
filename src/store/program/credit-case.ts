// What "Why no credit?" reads: the code that counted, clicks on codes, rules with their last decision, similar addresses.
import { and, asc, eq, sql } from 'drizzle-orm';
import type { Clicks, RuleLook } from '../../domain/program/credit-case.ts';
import { mailboxKey } from '../../domain/program/doubt.ts';
import type { Queryable } from '../database.ts';
import { giver, ofGiver, referrerOf } from '../joins.ts';
import { owned } from '../owned.ts';
import { latestDecisions } from '../qualification/decisions.ts';
import { referrals, referrers, rules } from '../schema.ts';

const maxRules = 50;
const maxDays = 3;
const maxSimilar = 3;

/** Null when it has no referrer. */
export async function countedCode(db: Queryable, workspaceId: string, referralId: string) {
  const [row] = await db
    .select({ code: referrers.code, name: giver.name, email: giver.email })
    .from(referrals)
    .innerJoin(referrers, referrerOf(referrals))
    .innerJoin(giver, ofGiver)
    .where(owned(referrals, { workspaceId, id: referralId }));
  return row ?? null;
}

/** By code; one that no referrer has is left out. */
export async function clicksOnCodes(
  db: Queryable,
  workspaceId: string,
  codes: readonly string[],
): Promise<Map<string, Clicks>> {
  if (codes.length === 0) return new Map();
  const { rows } = await db.execute<{ code: string } & Clicks>(sql`
    select f.code, counted.total, coalesce(latest.days, '[]') as days from referrers f
    cross join lateral (select coalesce(sum(clicks), 0)::int as total from click_days d
      where d.workspace_id = f.workspace_id and d.referrer_id = f.id) counted
    cross join lateral (select json_agg(json_build_object('day', day, 'clicks', clicks) order by day desc) as days from (
      select day, clicks from click_days d where d.workspace_id = f.workspace_id and d.referrer_id = f.id
        and day > '-infinity' order by day desc limit ${maxDays}) newest) latest
    where f.workspace_id = ${workspaceId} and f.code = any(${sql.param([...codes])}::text[])`);
  return new Map(rows.map(({ code, total, days }) => [code, { total, days }]));
}

/** The enabled rules of its campaign. */
export async function rulesLooking(
  db: Queryable,
  workspaceId: string,
  referralId: string,
): Promise<RuleLook[]> {
  const [enabled, decided] = await Promise.all([
    db
      .select({ id: rules.id, name: rules.name, definition: rules.definition })
      .from(rules)
      .innerJoin(referrals, owned(referrals, { workspaceId, id: referralId, campaignId: rules.campaignId }))
      .where(and(eq(rules.workspaceId, workspaceId), eq(rules.enabled, true)))
      .orderBy(asc(rules.createdAt), asc(rules.id))
      .limit(maxRules),
    latestDecisions(db, workspaceId, [referralId]),
  ]);
  return enabled.map(({ id, name, definition }) => {
    const last = decided.find(({ ruleId }) => ruleId === id);
    return {
      name,
      effect: definition.then === 'qualify' ? 'qualifies' : 'disqualifies',
      last: last ? { outcome: last.outcome, at: last.at, reasons: last.reasons } : null,
    };
  });
}

/** People with another address of the same mailbox, and the campaigns in which they were referred. */
export async function similarPeople(db: Queryable, workspaceId: string, email: string | null) {
  const mailbox = mailboxKey(email);
  if (mailbox === null) return [];
  const { rows } = await db.execute<{ email: string; campaigns: string[] }>(sql`
    select people.email, array(select c.name from referrals r
        join campaigns c on c.workspace_id = r.workspace_id and c.id = r.campaign_id
        where r.workspace_id = people.workspace_id and r.person_id = people.id order by r.joined_at desc limit 3) as campaigns
    from people where workspace_id = ${workspaceId} and mailbox = ${mailbox} and email <> ${email}
    order by created_at desc limit ${maxSimilar}`);
  return rows;
}
