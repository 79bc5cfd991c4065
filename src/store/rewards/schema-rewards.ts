// The table of rewards: what referrals earned, and its status.
import { sql } from 'drizzle-orm';
import { check, index, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import type { ReferralActor } from '../../domain/program/program.ts';
import type { EarnedStatus, RewardRecipient } from '../../domain/rewards/reward.ts';
import { references } from '../owned.ts';
import { campaigns, moment, people, referrals, workspace } from '../schema.ts';

const actor = (name: string) => jsonb(name).$type<Pick<ReferralActor, 'kind' | 'name'>>();

export const rewards = pgTable(
  'rewards',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspace(),
    referralId: uuid('referral_id').notNull(),
    recipient: text('recipient').$type<RewardRecipient>().notNull(),
    /** Those of the referral and of the recipient, so that lists, totals and limits need no join. */
    campaignId: uuid('campaign_id').notNull(),
    personId: uuid('person_id').notNull(),
    /** As the campaign promised them when it fell due. */
    label: text('label').notNull(),
    /** In one form: see domain/rewards/amount.ts. As text, so that an index over equal amounts stays small. */
    amount: text('amount'),
    currency: text('currency'),
    status: text('status').$type<EarnedStatus>().notNull(),
    dueAt: moment('due_at').notNull(),
    approvedAt: moment('approved_at'),
    approvedBy: actor('approved_by'),
    issuedAt: moment('issued_at'),
    issuedBy: actor('issued_by'),
    canceledAt: moment('canceled_at'),
    canceledBy: actor('canceled_by'),
    failedAt: moment('failed_at'),
    /** Since when it has its status. */
    statusAt: moment('status_at')
      .notNull()
      .generatedAlwaysAs(
        sql`coalesce(case status when 'approved' then approved_at when 'issued' then issued_at
          when 'canceled' then canceled_at when 'failed' then failed_at end, due_at)`,
      ),
    /** The receipt of what was issued. */
    reference: text('reference'),
    /** Why it was canceled, or failed. */
    reason: text('reason'),
    /** The last change made to many at once, and the status before it: what an undo takes back. */
    changeId: uuid('change_id'),
    changedFrom: text('changed_from').$type<EarnedStatus>(),
  },
  (table) => [
    unique('rewards_once').on(table.workspaceId, table.referralId, table.recipient),
    index('rewards_newest').on(table.workspaceId, table.dueAt, table.id),
    index('rewards_of_status').on(table.workspaceId, table.status, table.dueAt, table.id),
    // Covers counts of what was issued in some days.
    index('rewards_by_status').on(
      table.workspaceId,
      table.status,
      table.statusAt,
      table.id,
      table.campaignId,
      table.recipient,
    ),
    index('rewards_by_change').on(table.workspaceId, table.statusAt, table.id),
    // As `byAmount` orders them.
    // A list sorted by amount reads no row that its filters leave out.
    index('rewards_sorted_by_amount').on(
      table.workspaceId,
      sql`coalesce(${table.amount}::numeric, 0)`,
      table.id,
      table.status,
      table.statusAt,
    ),
    // Covers totals.
    index('rewards_of_campaign').on(
      table.workspaceId,
      table.campaignId,
      table.status,
      table.recipient,
      table.currency,
      table.amount,
      table.label,
    ),
    // Lists those of a label, and finds the next one.
    index('rewards_by_label').on(table.workspaceId, table.label, table.status, table.statusAt, table.id),
    // Limits a person.
    index('rewards_of_person').on(table.workspaceId, table.personId, table.campaignId, table.recipient),
    index('rewards_of_change').on(table.workspaceId, table.changeId).where(sql`change_id is not null`),
    references(table, table.referralId, referrals),
    references(table, table.campaignId, campaigns),
    references(table, table.personId, people),
    check('rewards_status', sql`status in ('due', 'approved', 'issued', 'canceled', 'failed')`),
    check('rewards_recipient', sql`recipient in ('referrer', 'friend')`),
  ],
);
