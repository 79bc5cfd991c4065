// /api/v1/rules and /api/v1/decisions
import { z } from 'zod';
import {
  applyRule,
  changeRule,
  createRule,
  listDecisions,
  listRules,
  readRule,
  removeRule,
} from '../../../usecases/qualification/rules.ts';
import { resource } from '../resource.ts';
import { list, type Route, read, write } from '../route.ts';
import { count, emptyBody, paged, pagedByNumber } from '../schemas.ts';
import { decision, rule, ruleChanges, ruleGiven } from './rule-shapes.ts';

const removed = resource('RuleDeleted', { fields: { id: z.guid(), deleted: z.literal(true) } });
const noFields = emptyBody('NoFields');
const applied = resource('RuleApplied', {
  fields: {
    evaluated: count,
    unknown: count.describe('Referrals without a readable contact in Intercom.'),
  },
  example: { evaluated: 41, unknown: 2 },
});

export const ruleRoutes: Route[] = [
  list('/rules', {
    operation: 'listRules',
    summary: 'List rules',
    query: { campaign_id: z.guid().optional(), ...paged },
    items: rule,
    name: 'RuleList',
    statuses: { 200: 'A page of rules' },
    find: ({ ctx, workspaceId, filter, page }) => listRules(ctx, workspaceId, filter, page),
  }),
  write('/rules', {
    operation: 'createRule',
    summary: 'Create a rule',
    body: ruleGiven,
    answer: rule,
    statuses: { 201: 'The new rule' },
    act: ({ ctx, workspaceId, body, actor }) => createRule(ctx, workspaceId, body, actor),
  }),
  read('/rules/:id', {
    operation: 'readRule',
    summary: 'Get a rule',
    answer: rule,
    statuses: { 200: 'The rule' },
    find: ({ ctx, workspaceId, id }) => readRule(ctx, workspaceId, id),
  }),
  write('/rules/:id', {
    method: 'patch',
    operation: 'changeRule',
    summary: 'Update a rule; past decisions stay',
    body: ruleChanges,
    answer: rule,
    statuses: { 200: 'The updated rule' },
    act: ({ ctx, workspaceId, id, body, actor }) => changeRule(ctx, workspaceId, id, body, actor),
  }),
  write('/rules/:id', {
    method: 'delete',
    operation: 'deleteRule',
    summary: 'Delete a rule; its decisions stay',
    answer: removed,
    statuses: { 200: 'The rule is deleted' },
    async act({ ctx, workspaceId, id, actor }) {
      await removeRule(ctx, workspaceId, id, actor);
      return { id, deleted: true as const };
    },
  }),
  write('/rules/:id/apply', {
    operation: 'applyRule',
    summary: 'Apply a rule to the pending referrals of its campaign',
    body: noFields,
    answer: applied,
    statuses: { 200: 'Number of referrals checked. The decisions have the results' },
    act: ({ ctx, workspaceId, id, actor }) => applyRule(ctx, workspaceId, id, actor),
  }),
  list('/decisions', {
    operation: 'listDecisions',
    summary: 'List decisions of rules',
    query: {
      referral_id: z.guid().optional(),
      rule_id: z.guid().optional(),
      ...pagedByNumber,
    },
    items: decision,
    name: 'DecisionList',
    statuses: { 200: 'A page of decisions' },
    find: ({ ctx, workspaceId, filter, page }) => listDecisions(ctx, workspaceId, filter, page),
  }),
];
