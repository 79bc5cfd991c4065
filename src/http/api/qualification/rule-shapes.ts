// Request and response shapes of rules, decisions and dry runs in /api/v1.
import { z } from 'zod';
import { ruleDefinition } from '../../../domain/qualification/rule.ts';
import { decisionOutcomes } from '../../../domain/qualification/stored-rule.ts';
import { camelFields, resource } from '../resource.ts';
import { moment, named, text } from '../schemas.ts';

const planRule = {
  when: { attribute: 'custom_attributes.plan', operator: 'is_one_of', values: ['pro', 'team'] },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; a definition is never awaited.
  then: 'qualify',
};

export const definition = ruleDefinition.register(named, {
  id: 'RuleDefinition',
  description:
    'Conditions on a contact, and what happens to the referral when they are met. "all" and "any" nest up to three ' +
    'levels. Text is compared without regard to case. Dates without a time are whole days in UTC. An attribute that ' +
    'was never set "is_not" any value.',
  examples: [planRule],
});

const ruleName = text(100).describe('Shown to support agents as the reason.');

export const ruleGiven = z
  .strictObject({
    campaign_id: z.guid(),
    name: ruleName,
    definition,
    enabled: z.boolean().default(true),
  })
  .transform(camelFields)
  .register(named, {
    id: 'RuleGiven',
    description: "Checked against the workspace's attributes in Intercom. Tags can be given by name or ID.",
    examples: [
      { campaign_id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Paid plan', definition: planRule },
    ],
  });

export const ruleChanges = z
  .strictObject({
    name: ruleName.exactOptional(),
    definition: definition.exactOptional(),
    enabled: z.boolean().exactOptional(),
  })
  .transform(camelFields)
  .register(named, { id: 'RuleChanges', examples: [{ enabled: false }] });

export const rule = resource('Rule', {
  fields: {
    id: z.guid(),
    campaign: z.strictObject({ id: z.guid(), name: z.string() }),
    name: z.string(),
    version: z.int().min(1).describe('Increases with every change.'),
    definition,
    enabled: z.boolean(),
    created_at: moment,
    updated_at: moment,
    reading: z
      .strictObject({
        read: z.int().min(0),
        total: z.int().min(0),
        finished_at: moment.nullable(),
        trouble: z.string().nullable().describe('The last problem. It is retried automatically.'),
      })
      .nullable()
      .describe(
        "How many of the campaign's people had their contacts read since the rule was saved or switched on. From then on even the first change of a contact is seen as one. Null for a rule that never was on.",
      ),
  },
  example: {
    id: '4f1d2c3b-5a69-4788-97a6-b5c4d3e2f1a0',
    campaign: { id: '6b1c6e0e-6a0d-4c39-8a34-5f3c1d1b7a10', name: 'Spring' },
    name: 'Paid plan',
    version: 1,
    definition: planRule,
    enabled: true,
    created_at: '2026-03-01T09:00:00.000Z',
    updated_at: '2026-03-01T09:00:00.000Z',
    reading: { read: 41, total: 41, finished_at: '2026-03-01T09:00:02.000Z', trouble: null },
  },
});

export const reasons = z.array(z.strictObject({ wanted: z.string(), seen: z.string(), met: z.boolean() }));

export const decision = resource('Decision', {
  fields: {
    id: z.string(),
    referral_id: z.guid(),
    rule: z.strictObject({
      id: z.guid(),
      name: z.string().nullable().describe('Null after the rule is deleted.'),
      version: z.int(),
    }),
    outcome: z.enum(decisionOutcomes),
    explanation: z.string(),
    reasons: reasons.describe('Each condition with the expected and the actual value.'),
    delivery_id: z.int().nullable().describe('The delivery that caused it, if any.'),
    at: moment,
  },
  example: {
    id: '118',
    referral_id: '9d0e4f0a-7c1f-4d0c-8f0e-3d9a6c5b4a22',
    rule: { id: '4f1d2c3b-5a69-4788-97a6-b5c4d3e2f1a0', name: 'Paid plan', version: 1 },
    outcome: 'met',
    explanation: 'Qualified by rule Paid plan on Nov 12, 2026: plan changed from free to pro',
    reasons: [{ wanted: 'plan to be pro or team', seen: 'plan changed from free to pro', met: true }],
    delivery_id: 5021,
    at: '2026-11-12T09:15:00.000Z',
  },
});
