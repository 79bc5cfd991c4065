// How fast rules are evaluated, on one core, against plain code with the same five conditions.
import { parseArgs } from 'node:util';
import type { Facts } from '../src/domain/qualification/notification.ts';
import { ruleDefinition } from '../src/domain/qualification/rule.ts';
import { evaluate, meets } from '../src/domain/qualification/rule-evaluation.ts';
import { type Line, median, printLines } from './support/report.ts';

const { values: given } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
  },
});
const goals = { withReasons: 200_000, unmet: 1_000_000 };
const roundMs = 1_000;
const rounds = Number(given.rounds);

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

/** What nearly all notifications are: nothing that the rule names has become what it wants. */
const unmetContacts = contacts.map((contact, at) => ({
  ...contact,
  after: { ...contact.after, 'custom_attributes.plan': ['free', 'trial', `basic ${at}`][at % 3] ?? null },
}));

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
function perSecond(judge: (contact: Contact) => boolean, judgedContacts = contacts): number {
  const began = process.cpuUsage();
  const until = performance.now() + roundMs;
  let judged = 0;
  let met = 0;
  while (performance.now() < until) {
    for (const contact of judgedContacts) if (judge(contact)) met += 1;
    judged += judgedContacts.length;
  }
  if (met === 0 && judgedContacts === contacts) throw new Error('no contact met the rule');
  const { user, system } = process.cpuUsage(began);
  return judged / ((user + system) / 1e6);
}

const byRule = (contact: Contact) => evaluate(rule, contact).met;
const byMatcher = (contact: Contact) => meets(rule, contact);
for (const contact of contacts) {
  if (byRule(contact) !== plainly(contact) || byMatcher(contact) !== plainly(contact))
    throw new Error('the rule and the plain code differ');
}
if (unmetContacts.some(byMatcher)) throw new Error('a contact met the rule');
perSecond(byRule);
perSecond(byMatcher);
const measured = Array.from({ length: rounds }, () => ({
  rule: perSecond(byRule),
  matcher: perSecond(byMatcher),
  unmet: perSecond(byMatcher, unmetContacts),
  plain: perSecond(plainly),
}));
const of = (read: (round: (typeof measured)[number]) => number) => median(measured.map(read));
const shown = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;

function line(what: string, read: (round: (typeof measured)[number]) => number, goal?: number): Line {
  const value = of(read);
  return {
    what,
    value: shown(value),
    limit: `plain code ${shown(of((round) => round.plain))}`,
    ratio: `${(of((round) => read(round) / round.plain) * 100).toFixed(1)} %`,
    ...(goal !== undefined && {
      goal: { words: `>= ${goal.toLocaleString('en')}/s`, met: value >= goal },
    }),
  };
}

printLines(
  [
    line('five conditions, not met', (round) => round.unmet, goals.unmet),
    line('five conditions, a third met', (round) => round.matcher),
    line('five conditions, with reasons', (round) => round.rule, goals.withReasons),
  ],
  given,
);
