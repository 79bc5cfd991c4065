// What a pending referral still needs, by the rules of its campaign and what is known of the contact now.
import { day } from '../day.ts';
import { capital, counted, listFirst } from '../words.ts';
import type { Facts } from './notification.ts';
import { attributeOf } from './operators.ts';
import { attributesOf, type Condition, type RuleDefinition } from './rule.ts';
import { type ConditionResult, evaluate } from './rule-evaluation.ts';
import { finiteOf } from './rule-words.ts';

/** An enabled rule of the campaign; `dueAt` is when its hold on the referral ends. */
export type PendingRule = { name: string; definition: RuleDefinition; dueAt: Date | null };

export type PendingReferral = {
  rules: readonly PendingRule[];
  facts: Facts;
  /** As of when the facts are known. */
  factsAt: Date;
  /** Went back to pending before: a rule acts again only when it is newly met. */
  reopened: boolean;
  /** What the last decision left to say: why a met rule did not act. */
  explanation: string | null;
  /** Who qualifies where no rule does: a teammate, or an outside platform. */
  otherwise: string;
  expiresAt: Date | null;
};

export type Outlook = {
  /** The same from the longest to the shortest, so that what is missing is never cut off. */
  versions: string[];
  /** In words for the person; null when no rule says. */
  needs: string | null;
  /** Every rule with its conditions, those that are missing first. */
  rules: { name: string; effect: 'qualifies' | 'disqualifies'; conditions: OutlookCondition[] }[];
};

/** "plan is pro or team", "plan is free". */
export type OutlookCondition = { wanted: string; seen: string; met: boolean };

type Leaf = OutlookCondition & { about: string };
type Node = Leaf | { joined: 'all' | 'any'; nodes: Node[]; met: boolean };

type Judged = PendingRule & { tree: Node };

export function outlookOf(referral: PendingReferral, now: Date, timeZone: string): Outlook {
  const rules = referral.rules.map((rule) => judge(rule, referral.facts, now, timeZone));
  const expiry = referral.expiresAt === null ? '' : ` Expires ${day(referral.expiresAt, timeZone)}.`;
  const versions = versionsOf(referral, rules, timeZone).flatMap((words) => [words + expiry, words]);
  return {
    versions: [...new Set(versions)],
    needs: needsOfPerson(rules, timeZone),
    rules: rules.map(({ name, definition, tree }) => ({
      name,
      effect: definition.then === 'qualify' ? 'qualifies' : 'disqualifies',
      conditions: leavesOf(tree)
        .toSorted((one, other) => Number(one.met) - Number(other.met))
        .map(({ wanted, seen, met }) => ({ wanted, seen, met })),
    })),
  };
}

function versionsOf(referral: PendingReferral, rules: readonly Judged[], timeZone: string): string[] {
  const { explanation } = referral;
  const holding = rules.filter((rule): rule is Judged & { dueAt: Date } => rule.dueAt !== null);
  const [held] = holding.toSorted((one, other) => one.dueAt.getTime() - other.dueAt.getTime());
  if (held) return holdingVersions(held, timeZone);
  const qualifying = rules.filter(({ definition }) => definition.then === 'qualify');
  if (qualifying.length === 0) return [`No rule applies: ${referral.otherwise}.`];
  const met = qualifying.find(({ tree }) => tree.met);
  if (met) {
    const why = referral.reopened
      ? `Met rule ${met.name} before it went back to pending`
      : `Meets rule ${met.name}. It acts when the contact changes, or when an administrator applies it`;
    return [`${explanation ?? why}.`, `Meets rule ${met.name}.`];
  }
  return missingVersions(qualifying, referral, timeZone);
}

function holdingVersions({ tree, dueAt, definition, name }: Judged & { dueAt: Date }, timeZone: string) {
  const effect = definition.then === 'qualify' ? 'Qualifies' : 'Disqualifies';
  const on = `${effect} on ${day(dueAt, timeZone)}`;
  const facts = leavesOf(tree).flatMap(({ met, seen }) => (met ? [seen] : []));
  return [
    `${on} by rule ${name} if this stays true: ${facts.join(', ')}.`,
    `${on} by rule ${name} if that stays true.`,
    `${on} if that stays true.`,
  ];
}

function needsOfPerson(rules: readonly Judged[], timeZone: string): string | null {
  const qualifying = rules.filter(({ definition }) => definition.then === 'qualify');
  const [dueAt] = qualifying
    .flatMap((rule) => rule.dueAt ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime());
  if (dueAt !== undefined) return `It qualifies on ${day(dueAt, timeZone)} if nothing changes until then.`;
  const missing = qualifying.filter(({ tree }) => !tree.met);
  if (missing.length === 0 || missing.length < qualifying.length) return null;
  return `It qualifies when ${missing.map(({ tree, definition }) => needsOf(tree) + staying(definition)).join(', or ')}.`;
}

/** "Qualifies when plan is pro or team. Plan is free as of Nov 29, 2026." */
function missingVersions(rules: readonly Judged[], { factsAt }: PendingReferral, timeZone: string): string[] {
  const needs = rules.map(({ tree, definition }) => needsOf(tree) + staying(definition));
  const missing = rules.flatMap(({ tree }) => missingIn(tree));
  const seen = listOf([...new Set(missing.map((leaf) => leaf.seen))], ' and ');
  const met = [...new Set(rules.flatMap(({ tree }) => metIn(tree)).map((leaf) => leaf.seen))];
  const when = `Qualifies when ${needs.join(', or ')}.`;
  const current = `${capital(seen)} as of ${day(factsAt, timeZone)}.`;
  const names = [...new Set(missing.map(({ about }) => about))];
  return [
    ...(met.length === 0 ? [] : [`${when} ${current} Met already: ${met.join(', ')}.`]),
    `${when} ${current}`,
    when,
    `Missing: ${listFirst(names, ', ', 3)}.`,
    `${counted(names.length, 'condition is', 'conditions are')} missing.`,
  ];
}

function staying({ holds_for_days: days }: RuleDefinition): string {
  return days === undefined ? '' : ` and stays that way for ${days === 1 ? 'a day' : `${days} days`}`;
}

/** What is still missing of a condition, in words that follow "when". */
function needsOf(node: Node): string {
  if (!('joined' in node)) return node.wanted;
  const missing = node.nodes.filter(({ met }) => !met);
  const words = missing.map((inner) =>
    'joined' in inner && missing.length > 1 && missingIn(inner).length > 1
      ? `(${needsOf(inner)})`
      : needsOf(inner),
  );
  return listOf(words, node.joined === 'all' ? ' and ' : ' or ');
}

/** "a, b and c" */
function listOf(words: readonly string[], last: string): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')}${last}${words.at(-1)}`;
}

const leavesOf = (node: Node): Leaf[] => ('joined' in node ? node.nodes.flatMap(leavesOf) : [node]);

function missingIn(node: Node): Leaf[] {
  if (node.met) return [];
  return 'joined' in node ? node.nodes.flatMap(missingIn) : [node];
}

/** Met conditions that count: another way of an unmet "any" group would not. */
function metIn(node: Node): Leaf[] {
  if ('joined' in node) return node.nodes.flatMap(metIn);
  return node.met ? [node] : [];
}

function judge(rule: PendingRule, facts: Facts, now: Date, timeZone: string): Judged {
  const holding = rule.dueAt !== null;
  const seen = { before: null, after: facts, becameUser: false, now, holding, timeZone };
  const { result } = evaluate(rule.definition, seen);
  return { ...rule, tree: treeOf(rule.definition.when, result, facts) };
}

/** Conditions and results have the same shape; the results lack which attribute was never read. */
function treeOf(condition: Condition, result: ConditionResult, facts: Facts): Node {
  if ('joined' in result) {
    const inner = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [];
    const nodes = result.results.flatMap((each, at) => {
      const part = inner[at];
      return part === undefined ? [] : [treeOf(part, each, facts)];
    });
    return { joined: result.joined, nodes, met: result.met };
  }
  const { about, wanted, seen, met, pronoun } = result;
  const isKnown = 'all' in condition || 'any' in condition || Object.hasOwn(facts, attributeOf(condition));
  const plural = pronoun === 'they';
  return {
    about,
    wanted: `${about} ${finiteOf(wanted, plural)}`,
    seen: isKnown ? `${about} ${seen}` : `${about} ${plural ? 'are' : 'is'} not known yet`,
    met,
  };
}

/** What Intercom's request says about an attribute that is not stored yet. */
export function knownFacts(
  rules: readonly Pick<PendingRule, 'definition'>[],
  stored: { facts: Facts; at: Date } | null,
  request: Facts | null,
  now: Date,
): { facts: Facts; factsAt: Date } {
  const facts: Record<string, Facts[string]> = {};
  let factsAt = now;
  for (const name of new Set(rules.flatMap(({ definition }) => attributesOf(definition)))) {
    const reported = reportedFact(request, name);
    if (stored !== null && Object.hasOwn(stored.facts, name)) {
      facts[name] = stored.facts[name] ?? null;
      const isSame = reported !== undefined && JSON.stringify(reported) === JSON.stringify(facts[name]);
      if (!isSame && stored.at < factsAt) factsAt = stored.at;
    } else if (reported !== undefined) facts[name] = reported;
  }
  return { facts, factsAt };
}

/** Undefined when unknown. Intercom leaves out the company's own attributes that are empty. */
function reportedFact(request: Facts | null, name: string): Facts[string] | undefined {
  if (request === null) return undefined;
  if (Object.hasOwn(request, name)) return request[name];
  const hasOwnAttributes = Object.keys(request).some((key) => key.startsWith('custom_attributes.'));
  return hasOwnAttributes && name.startsWith('custom_attributes.') ? null : undefined;
}
