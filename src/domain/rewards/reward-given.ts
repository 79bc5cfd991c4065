// A campaign's rewards as requests and forms give them, read into one form.
import { z } from 'zod';
import { type TextReading, tidy } from '../identity.ts';
import { readAmount, readCurrency } from './amount.ts';
import { rewardTerms } from './reward.ts';

const amount = z
  .union([z.string().max(50), z.number()])
  .describe('"10", "10.00" and "10,00" are the same. Text keeps every digit.');

const currency = z.string().max(20).transform(readBy(readCurrency));

const label = z
  .string()
  .refine(
    (text) => !text.includes('\0') && text.isWellFormed(),
    'must not contain NUL or half a surrogate pair',
  )
  .overwrite(tidy)
  .min(1)
  .max(200)
  .describe('Your own label.');

export const rewardTermsGiven = z
  .strictObject({
    label,
    amount: amount.nullable().default(null),
    currency: currency.nullable().default(null),
    limit_per_person: rewardTerms.shape.limit_per_person.default(null),
  })
  .transform((terms, context) => {
    if (terms.amount === null) return { ...terms, amount: null };
    const reading = readAmount(terms.amount, terms.currency);
    if ('value' in reading) return { ...terms, amount: reading.value };
    context.addIssue({ code: 'custom', path: ['amount'], message: reading.problem });
    return z.NEVER;
  });

export const rewardsGiven = z.strictObject({
  referrer: rewardTermsGiven.nullable().default(null),
  friend: rewardTermsGiven.nullable().default(null),
});

export const rewardApprovalGiven = z.strictObject({
  above: amount.transform(readBy((given) => readAmount(given, null))).nullable(),
});

function readBy<Given>(read: (given: Given) => TextReading) {
  return (given: Given, context: z.RefinementCtx): string => {
    const reading = read(given);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', message: reading.problem });
    return z.NEVER;
  };
}
