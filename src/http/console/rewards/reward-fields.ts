// The part of a campaign's form that says what its referrals earn.
import { z } from 'zod';
import { amountText, readAmount } from '../../../domain/rewards/amount.ts';
import {
  type CampaignRewards,
  type RewardApproval,
  type RewardRecipient,
  type RewardTerms,
  rewardRecipient,
} from '../../../domain/rewards/reward.ts';
import { rewardTermsGiven } from '../../../domain/rewards/reward-given.ts';
import { type Html, html } from '../../html.ts';
import type { FormErrors } from '../console.ts';
import { radioField, textField, tickField } from '../fields.ts';

type Promised = { rewards: CampaignRewards; rewardApproval: RewardApproval | null; autoIssue: boolean };

const given = z.string().default('');
const fieldsOf = (recipient: RewardRecipient) => ({
  [`${recipient}_label`]: given,
  [`${recipient}_amount`]: given,
  [`${recipient}_currency`]: given,
  [`${recipient}_limit`]: given,
});

export const promisedFields: Record<string, typeof given> = {
  ...fieldsOf('referrer'),
  ...fieldsOf('friend'),
  approval: given,
  approval_above: given,
  auto_issue: given,
};

/** For the transform of a form with `promisedFields`. */
export function promisedIn(fields: Record<string, unknown>, context: z.RefinementCtx): Promised {
  return {
    rewards: { referrer: termsIn(fields, 'referrer', context), friend: termsIn(fields, 'friend', context) },
    rewardApproval: approvalIn(fields, context),
    autoIssue: textOf(fields, 'auto_issue') !== '',
  };
}

const textOf = (fields: Record<string, unknown>, name: string) => String(fields[name] ?? '').trim();

function termsIn(
  fields: Record<string, unknown>,
  recipient: RewardRecipient,
  context: z.RefinementCtx,
): RewardTerms | null {
  const [label = '', amount = '', currency = '', limit = ''] = ['label', 'amount', 'currency', 'limit'].map(
    (name) => textOf(fields, `${recipient}_${name}`),
  );
  if (label === '' && amount === '' && limit === '') return null;
  const refuse = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [`${recipient}_${name}`], message });
  if (label === '') refuse('label', 'enter the reward');
  const read = rewardTermsGiven.safeParse({
    label: label || 'Reward',
    amount: amount || null,
    currency: currency || null,
    limit_per_person: limit === '' ? null : Number(limit),
  });
  if (read.success) return label === '' ? null : read.data;
  for (const { path, message } of read.error.issues) {
    const name = String(path[0]);
    if (name === 'limit_per_person') refuse('limit', 'must be a whole number from 1, or empty');
    else refuse(name, message);
  }
  return null;
}

function approvalIn(fields: Record<string, unknown>, context: z.RefinementCtx): RewardApproval | null {
  const approval = textOf(fields, 'approval');
  if (approval === 'always') return { above: null };
  if (approval !== 'above') return null;
  const reading = readAmount(textOf(fields, 'approval_above'), null);
  if ('value' in reading) return { above: reading.value };
  context.addIssue({ code: 'custom', path: ['approval_above'], message: reading.problem });
  return null;
}

export function rewardFields(promised: Promised | null, refused: FormErrors | null): Html {
  const approval = promised?.rewardApproval ?? null;
  const chosen = approval === null ? 'none' : approval.above === null ? 'always' : 'above';
  return html`${rewardRecipient.options.map((recipient) => termsFields(recipient, promised, refused))}
${radioField({
  ...{
    name: 'approval',
    legend: 'Approval before a reward is issued',
    value: chosen,
    refused,
    help: 'rewards',
  },
  options: [
    { value: 'none', label: 'Not required' },
    { value: 'always', label: 'For every reward' },
    { value: 'above', label: 'For rewards above an amount, and those without one' },
  ],
})}
${textField({ name: 'approval_above', label: 'Amount above which approval is required', hint: 'In each reward’s currency.', value: approval?.above ?? null, refused, more: html` inputmode="decimal" maxlength="50"` })}
${tickField({
  ...{ name: 'auto_issue', label: 'Issue automatically', value: promised?.autoIssue ?? false, refused },
  hint: html`New due rewards are sent to the <a href="/console/reward-webhook">reward webhook</a>. Rewards that need approval are sent once approved.`,
})}`;
}

const legends = { referrer: 'Reward for the referrer', friend: 'Reward for the friend' } as const;
const examples = { referrer: '10 EUR credit', friend: 'First month free' } as const;

function termsFields(
  recipient: RewardRecipient,
  promised: Promised | null,
  refused: FormErrors | null,
): Html {
  const terms = promised?.rewards[recipient] ?? null;
  const limit = terms?.limit_per_person;
  return html`<fieldset><legend>${legends[recipient]}</legend>
${textField({ name: `${recipient}_label`, label: 'Reward', hint: `For example, “${examples[recipient]}”. Leave empty for none.`, help: 'rewards', value: terms?.label ?? null, refused, more: html` maxlength="200"` })}
<div class="row">
${textField({ name: `${recipient}_amount`, label: 'Amount (optional)', value: terms?.amount ?? null, refused, more: html` inputmode="decimal" maxlength="50"` })}
${textField({ name: `${recipient}_currency`, label: 'Currency (optional)', value: terms?.currency ?? null, refused, more: html` maxlength="3" placeholder="EUR"` })}
${textField({ name: `${recipient}_limit`, label: 'Limit per person (optional)', value: limit === null || limit === undefined ? null : String(limit), refused, more: html` inputmode="numeric" maxlength="7"` })}
</div></fieldset>`;
}

/** "10 EUR credit (10.00 EUR), at most 20 per person". */
export function termsText(terms: RewardTerms | null): string {
  if (terms === null) return 'None';
  const { label, amount, currency, limit_per_person: limit } = terms;
  const worth = amount === null ? '' : ` (${amountText(amount, currency)})`;
  return `${label}${worth}${limit === null ? '' : `, at most ${limit} per person`}`;
}
