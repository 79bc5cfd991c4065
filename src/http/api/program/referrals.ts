// /api/v1/referrals
import { z } from 'zod';
import { referralStatus } from '../../../domain/program/referral.ts';
import { changeReferral } from '../../../usecases/program/change-status.ts';
import {
  addReferral,
  listReferralHistory,
  listReferrals,
  readReferral,
} from '../../../usecases/program/referrals.ts';
import type { TeammateChange } from '../../../usecases/program/teammate-change.ts';
import { list, Reply, type Route, read, write } from '../route.ts';
import { emailFilter, paged, pagedByNumber, text } from '../schemas.ts';
import { changeGiven, historyEntry, referral, referralGiven } from './referral-shapes.ts';

const changing = (change: TeammateChange, summary: string) =>
  write(`/referrals/:id/${change}`, {
    operation: `${change}Referral`,
    summary,
    body: changeGiven,
    answer: referral,
    statuses: { 200: 'The updated referral. Repeating the request changes nothing' },
    act: ({ ctx, workspaceId, id, body: { reason = null }, actor }) =>
      changeReferral(ctx, workspaceId, id, change, { actor, reason }),
  });

export const referralRoutes: Route[] = [
  list('/referrals', {
    operation: 'listReferrals',
    summary: 'List referrals',
    query: {
      email: emailFilter.optional().describe('Email of the friend.'),
      contact_id: text(255).optional().describe('The linked Intercom contact.'),
      status: referralStatus.optional(),
      campaign_id: z.guid().optional(),
      ...paged,
    },
    items: referral,
    name: 'ReferralList',
    statuses: { 200: 'A page of referrals' },
    find: ({ ctx, workspaceId, filter, page }) => listReferrals(ctx, workspaceId, filter, page),
  }),
  write('/referrals', {
    operation: 'createReferral',
    summary: 'Add a referral. The same friend twice is one referral, and the first referrer keeps the credit',
    body: referralGiven,
    answer: referral,
    statuses: { 200: 'The existing referral, unchanged', 201: 'The new referral' },
    async act({ ctx, workspaceId, body, actor }) {
      const { referral, created } = await addReferral(ctx, workspaceId, body, actor);
      return new Reply(created ? 201 : 200, referral);
    },
  }),
  read('/referrals/:id', {
    operation: 'readReferral',
    summary: 'Get a referral',
    answer: referral,
    statuses: { 200: 'The referral' },
    find: ({ ctx, workspaceId, id }) => readReferral(ctx, workspaceId, id),
  }),
  list('/referrals/:id/history', {
    operation: 'readReferralHistory',
    summary: 'List the history of a referral',
    query: pagedByNumber,
    items: historyEntry,
    name: 'HistoryList',
    statuses: { 200: 'A page of its history' },
    find: ({ ctx, workspaceId, id, page }) => listReferralHistory(ctx, workspaceId, id, page),
  }),
  changing('qualify', 'Qualify a pending referral; the rewards of its campaign become due'),
  changing('disqualify', 'Disqualify a referral; rewards that are not issued yet are canceled'),
  changing('reopen', 'Put a referral back to pending'),
];
