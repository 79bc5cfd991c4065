// How fast rules are evaluated, on one core, against plain code with the same five conditions.
import type { Facts } from '../src/domain/qualification/notification.ts';
import { ruleDefinition } from '../src/domain/qualification/rule.ts';
import { evaluate } from '../src/domain/qualification/rule-evaluation.ts';
import { type Goal, median, printLines } from './support/report.ts';

const goalPerSecond = 200_000;
const roundMs = 1_000;
const rounds = 5;

const rule = ruleDefinition.parse({
  when: {
    all: [
      {
        attribute: 'custom_attributes.plan',
        operator: 'changed_to',
        to: ['pro', 'team'],
        from: ['free', null],
      },
      { attribute: 'role', operator: 'is', value: 'user' },
      {
        any: [
          { attribute: 'custom_attributes.seats', operator: 'at_least', value: 5 },
          { attribute: 'tags', operator: 'contains', value: '5120001' },
        ],
      },
      { attribute: 'signed_up_at', operator: 'within_days', value: 90 },
    ],
  },
  // biome-ignore lint/suspicious/noThenProperty: the rule's own word; no code awaits a definition.
  then: 'qualify',
});

const now = new Date();
const seconds = Math.floor(now.getTime() / 1000);

/** A third of them meets the rule; values differ, so that nothing can be precomputed. */
const contacts = Array.from({ length: 1_000 }, (_, at) => {
  const before: Facts = {
    'custom_attributes.plan': at % 2 === 0 ? 'free' : null,
    role: 'user',
    'custom_attributes.seats': at % 10,
    tags: [],
    signed_up_at: seconds - at * 1_000,
  };
  const after: Facts = {
    ...before,
    'custom_attributes.plan': ['free', 'Pro', 'team'][at % 3] ?? null,
    tags: at % 4 === 0 ? ['5120002', '5120001'] : ['5120003'],
  };
  return { before, after, becameUser: false, now };
});

type Contact = (typeof contacts)[number];

/** The same result without a rule, reasons or words. */
function plainly({ before, after }: Contact): boolean {
  const planBefore = before['custom_attributes.plan'];
  const plan = after['custom_attributes.plan'];
  const seats = after['custom_attributes.seats'];
  const signedUp = after.signed_up_at;
  return (
    typeof plan === 'string' &&
    ['pro', 'team'].includes(plan.toLowerCase()) &&
    (planBefore === null || planBefore === 'free') &&
    after.role === 'user' &&
    ((typeof seats === 'number' && seats >= 5) ||
      (Array.isArray(after.tags) && after.tags.includes('5120001'))) &&
    typeof signedUp === 'number' &&
    signedUp >= seconds - 90 * 86_400
  );
}

/** Uses this process's CPU time, garbage collection included, so that other processes do not affect it. */
function perSecond(judge: (contact: Contact) => boolean): number {
  const began = process.cpuUsage();
  const until = performance.now() + roundMs;
  let judged = 0;
  let met = 0;
  while (performance.now() < until) {
    for (const contact of contacts) if (judge(contact)) met += 1;
    judged += contacts.length;
  }
  if (met === 0) throw new Error('no contact met the rule, so this measured nothing');
  const { user, system } = process.cpuUsage(began);
  return judged / ((user + system) / 1e6);
}

const byRule = (contact: Contact) => evaluate(rule, contact).met;
for (const contact of contacts) {
  if (byRule(contact) !== plainly(contact)) throw new Error('the rule and the plain code differ');
}
perSecond(byRule);
const measured = Array.from({ length: rounds }, () => ({
  rule: perSecond(byRule),
  plain: perSecond(plainly),
}));
const evaluations = median(measured.map((round) => round.rule));
const plain = median(measured.map((round) => round.plain));
const goal: Goal = { words: `>= ${goalPerSecond.toLocaleString('en')}/s`, met: evaluations >= goalPerSecond };

const shown = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;
printLines([
  {
    what: 'five conditions judged, with reasons',
    value: shown(evaluations),
    limit: `plain code ${shown(plain)}`,
    ratio: `${((evaluations / plain) * 100).toFixed(1)} %`,
    goal,
  },
]);
if (!goal.met) process.exitCode = 1;
