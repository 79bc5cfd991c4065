// A ready sentence for the customer about a referral or a referrer, from the workspace's own templates.
import { z } from 'zod';
import type { ReferralStatus } from '../program/referral.ts';
import type { ShownReward } from '../rewards/shown-reward.ts';

type Answer = { about: string; template: string; fields: readonly string[] };

const always = ['first_name', 'campaign', 'date'] as const;
const ofReward = [...always, 'reward', 'reward_date'] as const;

/**
 * Only answers about a reward that is due or issued have its name as a field, so that no template can promise one
 * where nothing is due.
 */
export const answers = {
  pending: {
    about: 'Pending',
    template:
      'Hi {first_name}, your referral in {campaign} was registered on {date} and has not qualified yet. {needs}',
    fields: [...always, 'needs'],
  },
  due: {
    about: 'Qualified, reward due',
    template:
      'Hi {first_name}, your referral in {campaign} qualified on {date}. Your reward has been due since {reward_date}: {reward}.',
    fields: ofReward,
  },
  issued: {
    about: 'Qualified, reward issued',
    template:
      'Hi {first_name}, your referral in {campaign} qualified on {date}. Your reward was issued on {reward_date}: {reward}.',
    fields: ofReward,
  },
  failed: {
    about: 'Qualified, reward could not be issued',
    template:
      'Hi {first_name}, your referral in {campaign} qualified on {date}. We have not been able to send your reward yet and are looking into it.',
    fields: always,
  },
  canceled: {
    about: 'Qualified, reward canceled',
    template: 'Hi {first_name}, your referral in {campaign} qualified on {date}. No reward is due for it.',
    fields: always,
  },
  none: {
    about: 'Qualified, no reward for the friend',
    template:
      'Hi {first_name}, your referral in {campaign} qualified on {date}. It does not include a reward for you.',
    fields: always,
  },
  disqualified: {
    about: 'Disqualified',
    template:
      'Hi {first_name}, your referral in {campaign} was closed on {date}. No further reward is due for it.',
    fields: always,
  },
  expired: {
    about: 'Expired',
    template:
      'Hi {first_name}, your referral in {campaign} expired on {date}. No further reward is due for it.',
    fields: always,
  },
  referrer: {
    about: 'Referrer',
    template:
      'Hi {first_name}, you referred {referred} in {campaign}, and {qualified} qualified. {rewards}. Your link: {link}',
    fields: [...always, 'referred', 'qualified', 'rewards', 'link'],
  },
} as const satisfies Record<string, Answer>;

export type AnswerName = keyof typeof answers;
export const answerNames = Object.keys(answers) as AnswerName[];

export type AnswerFields = Partial<Record<(typeof answers)[AnswerName]['fields'][number], string>>;

/** `isBlocked`: the referral cannot count, so that a reward which is due is not issued. */
export function answerFor(
  status: ReferralStatus,
  rewards: readonly ShownReward[],
  isBlocked: boolean,
): AnswerName {
  if (status !== 'qualified') return status;
  const reward = rewards.find(({ recipient }) => recipient === 'friend')?.status ?? 'none';
  if (reward !== 'due' && reward !== 'approved') return reward;
  return isBlocked ? 'failed' : 'due';
}

const field = /\{([^{}]*)\}/g;

/** Null when every field of the template is known; else which ones are. */
export function problemOfTemplate(name: AnswerName, template: string): string | null {
  const known: readonly string[] = answers[name].fields;
  const unknown = [...template.matchAll(field)]
    .map(([, given = '']) => given)
    .find((given) => !known.includes(given));
  if (unknown === undefined) return null;
  return `{${unknown.slice(0, 40)}} is not a field here. Use ${known.map((each) => `{${each}}`).join(', ')}`;
}

/** A field without a value leaves nothing behind, and neither does a greeting without a name. */
export function fillAnswer(name: AnswerName, template: string, values: AnswerFields): string {
  const given: Readonly<Record<string, string | undefined>> = values;
  const known: readonly string[] = answers[name].fields;
  return template
    .replace(field, (_, each: string) => (known.includes(each) ? (given[each] ?? '') : ''))
    .replace(/\s+/g, ' ')
    .replace(/ ([,.:])/g, '$1')
    .trim();
}

const template = (name: AnswerName) =>
  z
    .string()
    .trim()
    .min(1, 'Enter a sentence')
    .max(500)
    .superRefine((text, { addIssue }) => {
      const problem = problemOfTemplate(name, text);
      if (problem !== null) addIssue(problem);
    })
    .default(answers[name].template);

export const answerTemplates = z.strictObject(
  Object.fromEntries(answerNames.map((name) => [name, template(name)])) as Record<
    AnswerName,
    ReturnType<typeof template>
  >,
);
