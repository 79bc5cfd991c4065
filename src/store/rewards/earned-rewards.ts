// What a referral earned, read with it: see domain/rewards/shown-reward.ts.
import type { EarnedStatus, RewardRecipient } from '../../domain/rewards/reward.ts';
import type { EarnedReward } from '../../domain/rewards/shown-reward.ts';

/** For a statement that calls the table of referrals so; to be read by `toEarned`. Null without any. */
export const earnedRewards = (alias: string) => `(
  select json_agg(json_build_array(w.recipient, w.status, w.label,
    case w.status when 'due' then w.due_at when 'approved' then w.approved_at when 'issued' then w.issued_at
      when 'canceled' then w.canceled_at else w.failed_at end,
    case w.status when 'approved' then w.approved_by when 'issued' then w.issued_by
      when 'canceled' then w.canceled_by end ->> 'name',
    case w.status when 'issued' then w.reference else w.reason end))
  from rewards w where w.workspace_id = ${alias}.workspace_id and w.referral_id = ${alias}.id)`;

export type EarnedColumns = [
  recipient: RewardRecipient,
  status: EarnedStatus,
  label: string,
  since: string,
  by: string | null,
  note: string | null,
];

export function toEarned([recipient, status, label, since, by, note]: EarnedColumns): EarnedReward {
  return { recipient, status, label, since: new Date(since), by, note };
}
