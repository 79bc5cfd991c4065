// /api/v1/exports: everything of a workspace or a campaign as CSV.
import { z } from 'zod';
import type {
  Export,
  ExportedDecision,
  ExportedPerson,
  ExportedReferral,
} from '../../../usecases/repair/export.ts';
import { csvLine } from '../../csv.ts';
import { download, type Route } from '../route.ts';

type Cells<T> = Record<string, (row: T) => Parameters<typeof csvLine>[0][number]>;

const person: Cells<ExportedPerson> = {
  person_id: (one) => one.id,
  email: (one) => one.email,
  name: (one) => one.name,
  external_id: (one) => one.externalId,
  contact_id: (one) => one.contactId,
  created_at: (one) => one.createdAt,
  referrer_in: (one) => one.refersIn.join('; '),
  referred_in: (one) => one.referredIn.join('; '),
};

const referral: Cells<ExportedReferral> = {
  referral_id: (one) => one.id,
  campaign_id: (one) => one.campaignId,
  campaign: (one) => one.campaign,
  platform: (one) => one.platform,
  status: (one) => one.status,
  status_at: (one) => one.statusAt,
  status_reason: (one) => one.statusReason,
  reward_status: (one) => one.reward,
  sale_value: (one) => one.saleValue,
  source: (one) => one.source,
  joined_at: (one) => one.joinedAt,
  explanation: (one) => one.explanation,
  person_id: (one) => one.personId,
  email: (one) => one.email,
  name: (one) => one.name,
  external_id: (one) => one.externalId,
  contact_id: (one) => one.contactId,
  referrer_id: (one) => one.referrerId,
  referrer_code: (one) => one.referrerCode,
  referrer_email: (one) => one.referrerEmail,
  referrer_name: (one) => one.referrerName,
};

const decision: Cells<ExportedDecision> = {
  decision_id: (one) => one.id,
  at: (one) => one.at,
  outcome: (one) => one.outcome,
  explanation: (one) => one.explanation,
  reasons: (one) => JSON.stringify(one.reasons),
  rule_id: (one) => one.ruleId,
  rule: (one) => one.rule,
  rule_version: (one) => one.ruleVersion,
  delivery_id: (one) => one.deliveryId,
  referral_id: (one) => one.referralId,
  campaign: (one) => one.campaign,
  email: (one) => one.email,
};

async function* csvOf<T>(cells: Cells<T>, rows: AsyncIterable<T>): AsyncGenerator<string> {
  yield csvLine(Object.keys(cells));
  const columns = Object.values(cells);
  for await (const row of rows) yield csvLine(columns.map((cell) => cell(row)));
}

const query = z.strictObject({ campaign_id: z.guid().optional().describe('Of this campaign only.') });

/** The files, for whoever may have them. */
export const exportFiles = {
  people: (exports: Export, workspaceId: string, campaignId?: string) => ({
    name: 'people.csv',
    lines: csvOf(person, exports.people(workspaceId, campaignId)),
  }),
  referrals: (exports: Export, workspaceId: string, campaignId?: string) => ({
    name: 'referrals.csv',
    lines: csvOf(referral, exports.referrals(workspaceId, campaignId)),
  }),
  decisions: (exports: Export, workspaceId: string, campaignId?: string) => ({
    name: 'decisions.csv',
    lines: csvOf(decision, exports.decisions(workspaceId, campaignId)),
  }),
};

export const exportRoutes: Route[] = [
  exported('people', 'exportPeople', 'Everybody whom the referral side knows, as CSV'),
  exported('referrals', 'exportReferrals', 'All referrals, as CSV'),
  exported('decisions', 'exportDecisions', 'What rules decided about referrals and why, as CSV'),
];

function exported(which: keyof typeof exportFiles, operation: string, summary: string): Route {
  return download({
    path: `/exports/${which}.csv`,
    operation,
    summary,
    query,
    answerTo: async ({ exports }, { caller, query }) =>
      exportFiles[which](exports, caller.workspaceId, query.campaign_id),
  });
}
