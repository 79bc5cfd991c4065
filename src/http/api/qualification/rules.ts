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
import { byToken, emptyQuery, type Route, read, remove, write } from '../route.ts';
import { listJson, listOf, named, paged, pagedByNumber, pageRequest } from '../schemas.ts';
import { decision, decisionJson, rule, ruleChanges, ruleGiven, ruleJson } from './rule-shapes.ts';

const removed = z
  .strictObject({ id: z.guid(), deleted: z.literal(true) })
  .register(named, { id: 'RuleDeleted' });
const noFields = z
  .strictObject({})
  .prefault({})
  .register(named, { id: 'NoFields', examples: [{}] });
const count = z.int().min(0);
const applied = z
  .strictObject({
    evaluated: count,
    unknown: count.describe('Referrals whose contact Intercom does not have, or could not be asked about.'),
  })
  .register(named, { id: 'RuleApplied', examples: [{ evaluated: 41, unknown: 2 }] });

export const ruleRoutes: Route[] = [
  read({
    path: '/rules',
    operation: 'listRules',
    summary: 'The rules of the workspace',
    query: z.strictObject({ campaign_id: z.guid().optional(), ...paged }),
    answer: listOf(rule, 'RuleList'),
    statuses: { 200: 'A page of rules' },
    async handler({ ctx }, { caller, query }) {
      const filter = { campaignId: query.campaign_id };
      return listJson(await listRules(ctx, caller.workspaceId, filter, pageRequest(query)), ruleJson);
    },
  }),
  write({
    path: '/rules',
    operation: 'createRule',
    summary: 'Let attribute changes of contacts qualify or disqualify the referrals of a campaign',
    body: ruleGiven,
    answer: rule,
    statuses: { 201: 'The new rule' },
    handler: async ({ ctx }, { caller, body }) => ({
      status: 201,
      body: ruleJson(await createRule(ctx, caller.workspaceId, body, byToken(caller))),
    }),
  }),
  read({
    path: '/rules/:id',
    operation: 'readRule',
    summary: 'One rule',
    query: emptyQuery,
    answer: rule,
    statuses: { 200: 'The rule' },
    handler: async ({ ctx }, { caller, id }) => ruleJson(await readRule(ctx, caller.workspaceId, id)),
  }),
  write({
    method: 'patch',
    path: '/rules/:id',
    operation: 'changeRule',
    summary: 'Change a rule; what was decided before stays decided',
    body: ruleChanges,
    answer: rule,
    statuses: { 200: 'The rule as it is now' },
    handler: async ({ ctx }, { caller, id, body }) => ({
      status: 200,
      body: ruleJson(await changeRule(ctx, caller.workspaceId, id, body, byToken(caller))),
    }),
  }),
  remove({
    path: '/rules/:id',
    operation: 'deleteRule',
    summary: 'Remove a rule; its decisions stay on record',
    answer: removed,
    statuses: { 200: 'It is gone' },
    async handler({ ctx }, { caller, id }) {
      await removeRule(ctx, caller.workspaceId, id, byToken(caller));
      return { status: 200, body: { id, deleted: true as const } };
    },
  }),
  write({
    path: '/rules/:id/apply',
    operation: 'applyRule',
    summary: "Apply a rule to the campaign's pending referrals as their contacts are now",
    body: noFields,
    answer: applied,
    statuses: { 200: 'How many were looked at; the decisions say what came of them' },
    handler: async ({ ctx }, { caller, id }) => ({
      status: 200,
      body: await applyRule(ctx, caller.workspaceId, id, byToken(caller)),
    }),
  }),
  read({
    path: '/decisions',
    operation: 'listDecisions',
    summary: 'What rules decided about referrals, and why',
    query: z.strictObject({
      referral_id: z.guid().optional(),
      rule_id: z.guid().optional(),
      ...pagedByNumber,
    }),
    answer: listOf(decision, 'DecisionList'),
    statuses: { 200: 'A page of decisions' },
    async handler({ ctx }, { caller, query }) {
      const filter = { referralId: query.referral_id, ruleId: query.rule_id };
      return listJson(await listDecisions(ctx, caller.workspaceId, filter, pageRequest(query)), decisionJson);
    },
  }),
];
