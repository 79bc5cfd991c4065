// Adds the people on a confirmed list, each as a form of one person would.
import type { Context } from '../../../context.ts';
import type { ReferralActor } from '../../../domain/program/program.ts';
import type { IdentifiedActor } from '../../../domain/workspace/audit.ts';
import { Failure } from '../../../failure.ts';
import type { Tx } from '../../../store/database.ts';
import type { PeopleImport, PeopleImportRow, RowResult } from '../../../store/people/people-imports.ts';
import { findCampaign } from '../../../store/program/campaigns.ts';
import { found } from '../../found.ts';
import { isSelfReferral, joinAsReferral } from '../../program/referrals.ts';
import { type Joined, joinAsReferrer } from '../../program/referrers.ts';
import { addUncountedJoin } from '../../program/uncounted-joins.ts';
import { ownReferral } from './check-listed.ts';
import { type FoundReferrer, type ListedRow, readRows, referrerFinder } from './listed-people.ts';

export async function addListed(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  rows: readonly PeopleImportRow[],
): Promise<RowResult[]> {
  const { workspaceId } = list;
  const campaign = found(await findCampaign(tx, workspaceId, list.campaignId), 'campaign');
  const read = readRows(list, rows);
  const readable = read.flatMap((row) => ('problem' in row ? [] : [row]));
  const findReferrer = await referrerFinder(tx, list, readable);
  const actor = actorOf(list);
  const results: RowResult[] = [];
  for (const listed of read) {
    if ('problem' in listed) {
      results.push({ seq: listed.row.seq, outcome: 'refused', reason: listed.problem });
      continue;
    }
    const { seq } = listed.row;
    const referrer = findReferrer(listed.referrer);
    if (referrer && 'problem' in referrer) {
      results.push({ seq, outcome: 'unknown_referrer', reason: referrer.problem });
      continue;
    }
    const join = (within: Tx): Promise<Joined> =>
      list.purpose === 'referrers'
        ? joinAsReferrer(ctx, within, workspaceId, { campaign, person: listed.person }, actor)
        : joinAsReferral(ctx, within, workspaceId, joining(listed, referrer, campaign), actor);
    const result = await resultOf(tx, join);
    if (result.outcome === 'own_referral')
      await addUncountedJoin(ctx, tx, workspaceId, {
        ...{ person: listed.person, campaignId: campaign.id, why: 'own_code' },
        code: (referrer && 'referrer' in referrer && referrer.referrer?.code) || '',
      });
    results.push({ seq, ...result });
  }
  return results;
}

function joining(
  { person }: Extract<ListedRow, { person: unknown }>,
  found: Exclude<FoundReferrer, { problem: string }>,
  campaign: { id: string; name: string },
) {
  return { campaign, person, referrer: found?.referrer ?? null, source: 'manual' as const };
}

/** A refused row leaves nothing behind, and its page goes on. */
async function resultOf(tx: Tx, join: (within: Tx) => Promise<Joined>): Promise<Omit<RowResult, 'seq'>> {
  try {
    const { id, created, personId, isNewPerson } = await tx.transaction(join);
    const about = { subjectId: id, personId, isNewPerson };
    if (created) return { outcome: 'done', reason: null, ...about };
    return { outcome: 'present', reason: 'Joined while the import waited.', ...about, isNewPerson: false };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (isSelfReferral(error)) return { outcome: 'own_referral', reason: ownReferral };
    return { outcome: 'refused', reason: error.message };
  }
}

/** Who confirmed the list. */
export function actorOf({ actor }: PeopleImport): IdentifiedActor & ReferralActor {
  if (actor === null) throw new Error('an unconfirmed list is being worked');
  return actor;
}
