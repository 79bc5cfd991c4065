// The part of a campaign that publishing puts into effect: its settings and rules. A draft holds the pending changes.
import { z } from 'zod';
import { enrollmentSide } from '../enrollment/enrollment.ts';
import { ruleDefinition } from '../qualification/rule.ts';
import { campaignSettings } from '../workspace/settings.ts';

const plannedRule = z.object({
  id: z.guid(),
  name: z.string(),
  definition: ruleDefinition,
  enabled: z.boolean(),
});
export type PlannedRule = z.infer<typeof plannedRule>;

export const campaignPlan = z.object({ settings: campaignSettings, rules: z.array(plannedRule) });
export type CampaignPlan = z.infer<typeof campaignPlan>;

const more = campaignSettings.omit({ enrollment: true });

/** Holds only the changed parts, so that changes made elsewhere in the meantime survive publishing. */
export const planDraft = z.object({
  leads: enrollmentSide.optional(),
  referrers: enrollmentSide.optional(),
  more: more.optional(),
  rules: z.array(
    z.discriminatedUnion('change', [
      z.object({ change: z.literal('add'), rule: plannedRule }),
      z.object({ change: z.literal('change'), rule: plannedRule }),
      z.object({ change: z.literal('remove'), rule: plannedRule.pick({ id: true }) }),
    ]),
  ),
});
export type PlanDraft = z.infer<typeof planDraft>;

/** A rule that was removed elsewhere in the meantime stays removed. */
export function withDraft(live: CampaignPlan, draft: PlanDraft): CampaignPlan {
  const { enrollment, ...present } = live.settings;
  const wanted = new Map(draft.rules.map((entry) => [entry.rule.id, entry]));
  const kept = live.rules.flatMap((rule) => {
    const change = wanted.get(rule.id);
    if (change === undefined) return [rule];
    return change.change === 'remove' ? [] : [change.rule];
  });
  const known = new Set(live.rules.map((rule) => rule.id));
  const added = draft.rules.flatMap((entry) =>
    entry.change === 'add' && !known.has(entry.rule.id) ? [entry.rule] : [],
  );
  return {
    settings: {
      ...(draft.more ?? present),
      enrollment: {
        leads: draft.leads ?? enrollment.leads,
        referrers: draft.referrers ?? enrollment.referrers,
      },
    },
    rules: [...kept, ...added],
  };
}

export function draftOf(live: CampaignPlan, wanted: CampaignPlan): PlanDraft | null {
  const { enrollment: before, ...moreBefore } = live.settings;
  const { enrollment: after, ...moreAfter } = wanted.settings;
  const rules = ruleChanges(live.rules, wanted.rules);
  const draft: PlanDraft = {
    ...(isSameJson(before.leads, after.leads) ? {} : { leads: after.leads }),
    ...(isSameJson(before.referrers, after.referrers) ? {} : { referrers: after.referrers }),
    ...(isSameJson(moreBefore, moreAfter) ? {} : { more: moreAfter }),
    rules,
  };
  return Object.keys(draft).length === 1 && rules.length === 0 ? null : draft;
}

export function ruleChanges(
  live: readonly PlannedRule[],
  wanted: readonly PlannedRule[],
): PlanDraft['rules'] {
  const present = new Map(live.map((rule) => [rule.id, rule]));
  const kept = new Set(wanted.map((rule) => rule.id));
  const changed = wanted.flatMap((rule): PlanDraft['rules'] => {
    const before = present.get(rule.id);
    if (before === undefined) return [{ change: 'add', rule }];
    return isSameJson(before, rule) ? [] : [{ change: 'change', rule }];
  });
  const removed = live.filter((rule) => !kept.has(rule.id));
  return [...changed, ...removed.map(({ id }) => ({ change: 'remove' as const, rule: { id } }))];
}

export function isSameJson(first: unknown, second: unknown): boolean {
  return canonical(first) === canonical(second);
}

/** The same text for any order of keys, because the database does not preserve it. */
export function canonical(value: unknown): string {
  return JSON.stringify(ordered(value));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return fields
    .map(([name, field]): [string, unknown] => [name, ordered(field)])
    .toSorted(([first], [second]) => (first < second ? -1 : 1));
}
