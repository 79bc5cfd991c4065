// /api/v1/referrals
import { z } from 'zod';
import { type ReferralChange, referralStatus } from '../../../domain/program/referral.ts';
import { changeReferral } from '../../../usecases/program/change-status.ts';
import {
  addReferral,
  listReferralHistory,
  listReferrals,
  readReferral,
} from '../../../usecases/program/referrals.ts';
import { byToken, type Caller, emptyQuery, type Route, read, type UseCases, write } from '../route.ts';
import { emailFilter, listJson, listOf, paged, pagedByNumber, pageRequest, text } from '../schemas.ts';
import {
  changeGiven,
  historyEntry,
  historyJson,
  referral,
  referralGiven,
  referralJson,
  rewardGiven,
} from './referral-shapes.ts';

async function change(
  { ctx }: UseCases,
  { caller, id }: { caller: Caller; id: string },
  wanted: ReferralChange,
  reason: string | null | undefined,
) {
  const by = { actor: byToken(caller), reason: reason ?? null };
  const changed = await changeReferral(ctx, caller.workspaceId, id, wanted, by);
  return { status: 200 as const, body: referralJson(ctx)(changed) };
}

const changing = (wanted: 'qualify' | 'disqualify' | 'reopen', summary: string) =>
  write({
    path: `/referrals/:id/${wanted}`,
    operation: `${wanted}Referral`,
    summary,
    body: changeGiven,
    answer: referral,
    statuses: { 200: 'The referral as it is now; asking for what is so already changes nothing' },
    handler: (useCases, asked) => change(useCases, asked, wanted, asked.body.reason),
  });

export const referralRoutes: Route[] = [
  read({
    path: '/referrals',
    operation: 'listReferrals',
    summary: 'The referrals of the workspace',
    query: z.strictObject({
      email: emailFilter.optional().describe('Of the referred person.'),
      contact_id: text(255).optional().describe('Of the Intercom contact that they are linked to.'),
      status: referralStatus.optional(),
      campaign_id: z.guid().optional(),
      ...paged,
    }),
    answer: listOf(referral, 'ReferralList'),
    statuses: { 200: 'A page of referrals' },
    async handler({ ctx }, { caller, query }) {
      const { email, status, contact_id: contactId, campaign_id: campaignId } = query;
      const filter = { email, status, contactId, campaignId };
      const page = await listReferrals(ctx, caller.workspaceId, filter, pageRequest(query));
      return listJson(page, referralJson(ctx));
    },
  }),
  write({
    path: '/referrals',
    operation: 'createReferral',
    summary:
      'Let a referred person join a campaign; the same person twice is one referral, and the first referrer keeps the credit',
    body: referralGiven,
    answer: referral,
    statuses: { 200: 'The referral that there was already, unchanged', 201: 'The new referral' },
    async handler({ ctx }, { caller, body }) {
      const { referral, created } = await addReferral(ctx, caller.workspaceId, body, byToken(caller));
      return { status: created ? 201 : 200, body: referralJson(ctx)(referral) };
    },
  }),
  read({
    path: '/referrals/:id',
    operation: 'readReferral',
    summary: 'One referral',
    query: emptyQuery,
    answer: referral,
    statuses: { 200: 'The referral' },
    handler: async ({ ctx }, { caller, id }) =>
      referralJson(ctx)(await readReferral(ctx, caller.workspaceId, id)),
  }),
  read({
    path: '/referrals/:id/history',
    operation: 'readReferralHistory',
    summary: 'What happened to a referral, by whom and why',
    query: z.strictObject(pagedByNumber),
    answer: listOf(historyEntry, 'HistoryList'),
    statuses: { 200: 'A page of its history' },
    async handler({ ctx }, { caller, id, query }) {
      return listJson(
        await listReferralHistory(ctx, caller.workspaceId, id, pageRequest(query)),
        historyJson,
      );
    },
  }),
  changing('qualify', 'Qualify a pending referral; if the campaign rewards, its reward becomes due'),
  changing('disqualify', 'Disqualify a referral; a reward that is due is canceled'),
  changing('reopen', 'Put a referral back to pending'),
  write({
    path: '/referrals/:id/reward',
    operation: 'settleReward',
    summary: 'Say that a reward which is due was issued or canceled',
    body: rewardGiven,
    answer: referral,
    statuses: { 200: 'The referral as it is now' },
    handler: (useCases, asked) => {
      const wanted = asked.body.status === 'issued' ? 'issue-reward' : 'cancel-reward';
      return change(useCases, asked, wanted, asked.body.reason);
    },
  }),
];
