// Undoes a list: removes the people it added, except those who have done something since.
import type { Context } from '../../../context.ts';
import type { Tx } from '../../../store/database.ts';
import type { PeopleImport, PeopleImportRow, RowResult } from '../../../store/people/people-imports.ts';
import {
  type FollowedBy,
  removeJoined,
  removeLonePeople,
  whatFollowed,
} from '../../../store/people/undo-joining.ts';
import { findCampaign } from '../../../store/program/campaigns.ts';
import { found } from '../../found.ts';
import { recordAudits } from '../../workspace/record-audit.ts';
import { actorOf } from './add-listed.ts';

const reasons: Record<FollowedBy, string> = {
  status: 'Stays: the status has changed since.',
  reward: 'Stays: a reward was earned.',
  referrals: 'Stays: has referrals of their own.',
  clicks: 'Stays: the share link was opened.',
  intercom: 'Stays: was sent to Intercom.',
};

export async function undoListed(
  ctx: Context,
  tx: Tx,
  list: PeopleImport,
  rows: readonly PeopleImportRow[],
): Promise<RowResult[]> {
  const { workspaceId, purpose } = list;
  const side = purpose === 'referrers' ? 'referrers' : 'referrals';
  const ids = rows.flatMap(({ subjectId }) => subjectId ?? []);
  const followed = new Map((await whatFollowed(tx, workspaceId, side, ids)).map((each) => [each.id, each]));
  const isFree = (id: string | null) => id !== null && followed.get(id)?.why === null;
  const removed = rows.filter(({ subjectId }) => isFree(subjectId));
  const removedIds = removed.flatMap(({ subjectId }) => subjectId ?? []);
  await removeJoined(tx, workspaceId, side, removedIds, ctx.now());
  const added = removed.flatMap(({ personId, isNewPerson }) =>
    isNewPerson && personId !== null ? [personId] : [],
  );
  await removeLonePeople(tx, workspaceId, added);
  const campaign = found(await findCampaign(tx, workspaceId, list.campaignId), 'campaign');
  const entries = removedIds.map((subject) => ({ subject, details: { campaign: campaign.name } }));
  const action = side === 'referrers' ? ('referrer.remove' as const) : ('referral.remove' as const);
  await recordAudits(ctx, tx, workspaceId, actorOf(list), action, entries);
  return rows.map(({ seq, subjectId }) => {
    const why = subjectId === null ? null : (followed.get(subjectId)?.why ?? null);
    return why === null
      ? { seq, outcome: 'undone' as const, reason: null }
      : { seq, outcome: 'kept' as const, reason: reasons[why] };
  });
}
