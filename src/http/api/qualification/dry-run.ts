// /api/v1/rules/dry-run
import { z } from 'zod';
import { referralStatus } from '../../../domain/program/referral.ts';
import { retention } from '../../../domain/workspace/retention.ts';
import { dryRunRule } from '../../../usecases/qualification/dry-run.ts';
import { resource } from '../resource.ts';
import { type Route, write } from '../route.ts';
import { count, cursorOf, moment, named, paged, person, text } from '../schemas.ts';
import { definition, reasons } from './rule-shapes.ts';

const dryRunBody = z
  .strictObject({
    rule_id: z.guid().optional().describe('A stored rule, tried on its campaign. Alternatively:'),
    campaign_id: z.guid().optional(),
    definition: definition.optional().describe('A draft, checked as on saving.'),
    name: text(100).default('draft').describe('Name of the draft in explanations.'),
    days: z
      .int()
      .min(0)
      .max(retention.deliveryBodies.days)
      .default(30)
      .describe('Days of deliveries to use.'),
    ...paged,
  })
  .transform(
    (
      { rule_id: ruleId, campaign_id: campaignId, definition, name, days, limit, cursor: after = null },
      context,
    ) => {
      const page = { limit, after };
      if (ruleId !== undefined && campaignId === undefined && definition === undefined) {
        return { tried: { ruleId }, days, page };
      }
      if (ruleId === undefined && campaignId !== undefined && definition !== undefined) {
        return { tried: { campaignId, name, definition }, days, page };
      }
      const message = 'give either rule_id, or campaign_id and definition';
      context.addIssue({ code: 'custom', path: [ruleId === undefined ? 'definition' : 'rule_id'], message });
      return z.NEVER;
    },
  )
  .register(named, {
    id: 'DryRunAsked',
    examples: [
      {
        campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10',
        definition: {
          when: { attribute: 'custom_attributes.plan', operator: 'changed_to', to: ['pro'], from: ['free'] },
          // biome-ignore lint/suspicious/noThenProperty: the rule's own word; a definition is never awaited.
          then: 'qualify',
        },
        days: 30,
      },
    ],
  });

const trial = z.strictObject({
  referral_id: z.guid(),
  status: referralStatus.describe('Current status. Only pending referrals can qualify.'),
  person,
  contact_id: z.string().nullable().describe('Null without a contact in Intercom.'),
  would: z
    .enum(['qualify', 'disqualify', 'hold', 'nothing'])
    .describe('"hold": the conditions are met, and must stay met for the waiting period.'),
  at: moment.nullable().describe('When it would have acted, or when the waiting period ends.'),
  delivery_id: z
    .int()
    .nullable()
    .describe('The delivery that meets the rule. Null when the current contact does.'),
  explanation: z.string().describe('As shown on the card.'),
  reasons: reasons.describe('Each condition with the expected and the actual value.'),
});

const answer = resource('DryRunPage', {
  description: 'Newest referrals first. Pass "next" as "cursor" for the next page; null at the end.',
  fields: {
    data: z.array(trial),
    next: z.string().nullable(),
    total: count.describe('Referrals of the campaign.'),
    remaining: count.describe('Number of referrals on later pages.'),
  },
  sourceOf: ({ items, next, ...counts }: Awaited<ReturnType<typeof dryRunRule>>) => ({
    ...counts,
    data: items.map(({ referral, ...trial }) => ({ ...referral, ...trial, referralId: referral.id })),
    next: next && cursorOf(next),
  }),
});

export const dryRunRoutes: Route[] = [
  write('/rules/dry-run', {
    operation: 'dryRunRule',
    summary: 'Dry-run a rule on the referrals of a campaign',
    body: dryRunBody,
    answer,
    statuses: { 200: 'A page of referrals with the result for each' },
    act: ({ ctx, workspaceId, body: { page, ...request } }) => dryRunRule(ctx, workspaceId, request, page),
  }),
];
