// The differences between two plans of a campaign in words: what publishing would change, and what a version changed.
import { duplicatePolicies } from '../contacts/contact-draft.ts';
import type { EnrollmentSide, SideName } from '../enrollment/enrollment.ts';
import type { Row } from '../enrollment/mapping.ts';
import { sourceLabel, targetLabel } from '../enrollment/mapping-words.ts';
import { ruleSentence } from '../qualification/rule-sentence.ts';
import type { CampaignSettings } from '../workspace/settings.ts';
import type { CampaignPlan, PlannedRule } from './campaign-plan.ts';
import { isSameJson, ruleChanges } from './campaign-plan.ts';

export type Difference = { part: 'Leads' | 'Referrers' | 'Qualification rules' | 'Settings'; text: string };

export const actionWords: Record<EnrollmentSide['action'], string> = {
  nothing: 'Do nothing',
  'create-lead': 'Create a lead in Intercom',
  'create-user': 'Create a user in Intercom',
};

/** In the order of the tabs, without final periods; empty when both plans are the same. Days are the workspace's. */
export function planDifferences(before: CampaignPlan, after: CampaignPlan, timeZone: string): Difference[] {
  const side = (name: SideName) =>
    sideDifferences(name, before.settings.enrollment[name], after.settings.enrollment[name]);
  const texts: Record<Difference['part'], string[]> = {
    Leads: side('leads'),
    Referrers: side('referrers'),
    'Qualification rules': ruleDifferences(before.rules, after.rules, timeZone),
    Settings: settingDifferences(before.settings, after.settings),
  };
  return Object.entries(texts).flatMap(([part, list]) =>
    list.map((text) => ({ part: part as Difference['part'], text })),
  );
}

function sideDifferences(side: SideName, before: EnrollmentSide, after: EnrollmentSide): string[] {
  const changed = sideKeys.filter((key) => before[key] !== after[key]);
  return [
    ...changed.map((key) => sideWords[key](after, before, side)),
    ...mappingDifferences(before.mapping, after.mapping),
  ];
}

type SideKey = Exclude<keyof EnrollmentSide, 'mapping'>;
/** Covers every setting, so that publishing never changes one unseen. */
const sideWords: Record<SideKey, (after: EnrollmentSide, before: EnrollmentSide, side: SideName) => string> =
  {
    action: (after, before, side) =>
      `When a ${side === 'leads' ? 'lead' : 'referrer'} joins: ${actionWords[after.action]}, instead of ${actionWords[before.action]}`,
    email: (after) => `Email is now ${after.email}`,
    duplicates: (after, before) =>
      `Duplicates: ${duplicatePolicies[after.duplicates].label}, instead of ${duplicatePolicies[before.duplicates].label}`,
    lead_where_user_wanted: (after) =>
      after.lead_where_user_wanted === 'convert'
        ? 'A matching lead is converted to a user'
        : 'A matching lead stays a lead',
    archived: (after) =>
      after.archived === 'unarchive'
        ? 'An archived contact is unarchived'
        : 'An archived contact is reported and not changed',
  };
const sideKeys = Object.keys(sideWords) as SideKey[];

function mappingDifferences(before: readonly Row[], after: readonly Row[]): string[] {
  const inBoth = (row: Row, rows: readonly Row[]) => rows.some((other) => isSameJson(other, row));
  const added = after.filter((row) => !inBoth(row, before)).map((row) => `Maps ${rowWords(row)}`);
  const removed = before.filter((row) => !inBoth(row, after));
  return [...added, ...removed.map((row) => `No longer maps ${rowWords(row)}`)];
}

function rowWords({ type, from, to }: Row): string {
  return `${type === 'field' ? sourceLabel(from) : `“${from}”`} to ${targetLabel(to)}`;
}

function ruleDifferences(
  before: readonly PlannedRule[],
  after: readonly PlannedRule[],
  timeZone: string,
): string[] {
  const present = new Map(before.map((rule) => [rule.id, rule]));
  return ruleChanges(before, after).flatMap(({ change, rule }) => {
    const was = present.get(rule.id);
    if (change === 'remove') return [`Removes ${quoted(was?.name)}`];
    const { name, enabled, definition } = rule;
    if (was === undefined) {
      return [
        `Adds ${quoted(name)}${enabled ? '' : ', switched off'}. ${ruleSentence(definition, timeZone)}`,
      ];
    }
    const texts: (string | false)[] = [
      name !== was.name && `Renames ${quoted(was.name)} to ${quoted(name)}`,
      enabled !== was.enabled && `Switches ${quoted(name)} ${enabled ? 'on' : 'off'}`,
      !isSameJson(definition, was.definition) &&
        `Changes ${quoted(name)}. ${ruleSentence(definition, timeZone)} Until now: ${ruleSentence(was.definition, timeZone)}`,
    ];
    return texts.filter((text) => text !== false);
  });
}

const quoted = (name: string | undefined) => `“${name ?? ''}”`;

function settingDifferences(before: CampaignSettings, after: CampaignSettings): string[] {
  return Object.values(settingWords)
    .map((words) => words(after, before))
    .filter((text) => text !== false);
}

const settingWords: Record<
  keyof Omit<CampaignSettings, 'enrollment'>,
  (after: CampaignSettings, before: CampaignSettings) => string | false
> = {
  expires_after_days({ expires_after_days: days }, before) {
    if (days === before.expires_after_days) return false;
    return days === undefined
      ? 'Pending referrals never expire'
      : `Pending referrals expire after ${days} days`;
  },
  hold_doubtful({ hold_doubtful: after }, { hold_doubtful: before }) {
    if (after === before) return false;
    if (after === undefined) return 'Doubtful referrals: as in the workspace';
    return after ? 'Doubtful referrals are held for review' : 'Doubtful referrals are not held for review';
  },
  attempts: (after, before) =>
    !isSameJson(before.attempts ?? {}, after.attempts ?? {}) &&
    `Retry attempts: ${attemptWords(after)}, instead of ${attemptWords(before)}`,
};

function attemptWords({ attempts = {} }: CampaignSettings): string {
  const own = Object.entries(attempts).map(([kind, times]) => `${kind} ${times}`);
  return own.length === 0 ? 'Use workspace setting' : own.join(', ');
}
