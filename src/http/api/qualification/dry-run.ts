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
    rule_id: z.guid().optional().describe('A stored rule, tried on its own campaign; or else:'),
    campaign_id: z.guid().optional(),
    definition: definition.optional().describe('A draft, checked as on saving.'),
    name: text(100).default('draft').describe('What the explanations call the draft.'),
    days: z
      .int()
      .min(0)
      .max(retention.deliveryBodies.days)
      .default(30)
      .describe('How far back recorded notifications are played again.'),
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
  status: referralStatus.describe('As it is now; only what is pending can still qualify.'),
  person,
  contact_id: z.string().nullable().describe('Null when Intercom has no contact of this person.'),
  would: z
    .enum(['qualify', 'disqualify', 'hold', 'nothing'])
    .describe('"hold": the conditions are met, and have to stay so for as long as the rule holds.'),
  at: moment.nullable().describe('When it would have acted, or will at the end of the hold.'),
  delivery_id: z
    .int()
    .nullable()
    .describe('The recorded notification that meets the rule; null when the contact as it is now does.'),
  explanation: z.string().describe('As the card would show it.'),
  reasons: reasons.describe('For each condition what was wanted and what was seen.'),
});

const answer = resource('DryRunPage', {
  description:
    'Newest referrals first. Give "next" as "cursor", with the rest as before, for more; null at the end.',
  fields: {
    data: z.array(trial),
    next: z.string().nullable(),
    total: count.describe('Referrals of the campaign.'),
    remaining: count.describe('How many come on the pages after this one.'),
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
    summary:
      "Try a rule on a campaign's contacts as they are and on their recorded notifications, without touching anything",
    body: dryRunBody,
    answer,
    statuses: { 200: 'A page of referrals, each with what the rule would have done' },
    act: ({ ctx, workspaceId, body: { page, ...request } }) => dryRunRule(ctx, workspaceId, request, page),
  }),
];
