// A list of issued rewards with their receipts, as it comes back in a file: what each line says, and what it would do.
import { z } from 'zod';
import { tidy } from '../identity.ts';
import { amountText, isSameAmount, readAmount } from './amount.ts';

/** Names of the columns as spreadsheets and people write them, without capitals and separators. */
const columnsByLetters = {
  rewardid: 'rewardId',
  id: 'rewardId',
  reference: 'reference',
  receipt: 'reference',
  amount: 'amount',
} as const;
export type ReceiptColumn = (typeof columnsByLetters)[keyof typeof columnsByLetters];

/** Null for a column that says nothing about receipts. */
export function receiptColumn(header: string): ReceiptColumn | null {
  const letters = tidy(header)
    .toLowerCase()
    .replaceAll(/[\s._-]+/g, '');
  return Object.hasOwn(columnsByLetters, letters)
    ? columnsByLetters[letters as keyof typeof columnsByLetters]
    : null;
}

export type ReceiptLine = {
  line: number;
  rewardId: string | null;
  reference: string | null;
  amount: string | null;
  /** Why the line cannot be used, whatever the reward. */
  problem: string | null;
};

const maxReference = 200;

export function receiptLine(
  line: number,
  cells: Partial<Record<ReceiptColumn, string>>,
  problem: string | null,
): ReceiptLine {
  const [id, reference, amount] = (['rewardId', 'reference', 'amount'] as const).map(
    (column) => tidy(cells[column] ?? '') || null,
  );
  const rewardId = z.guid().safeParse(id?.toLowerCase()).data ?? null;
  const own = { line, rewardId, reference: reference ?? null, amount: amount ?? null };
  return { ...own, problem: problem ?? problemIn(own, id ?? null) };
}

function problemIn({ rewardId, reference }: Omit<ReceiptLine, 'problem'>, id: string | null): string | null {
  if (id === null) return 'has no reward_id';
  if (rewardId === null) return 'has a reward_id that is not the id of a reward';
  if (reference !== null && reference.length > maxReference)
    return `has a reference of more than ${maxReference} characters`;
  return null;
}

export const receiptOutcomes = ['issue', 'issued', 'unchanged', 'no-receipt', 'refused'] as const;
export type ReceiptOutcome = (typeof receiptOutcomes)[number];

export type JudgedReceipt = ReceiptLine & { outcome: ReceiptOutcome };

type Known = {
  amount: string | null;
  currency: string | null;
  /** Null when it can be issued. */
  refusal: string | null;
  isIssued: boolean;
};

/** `known` is null for an id that the workspace does not have. */
export function judgeReceipt(receipt: ReceiptLine, known: Known | null): JudgedReceipt {
  const refused = (problem: string) => ({ ...receipt, outcome: 'refused' as const, problem });
  if (receipt.problem !== null) return refused(receipt.problem);
  if (known === null) return refused('is for a reward that this workspace does not have');
  if (receipt.reference === null) return { ...receipt, outcome: 'no-receipt' };
  const differs = receipt.amount === null ? null : amountProblem(receipt.amount, known);
  if (differs !== null) return refused(differs);
  if (known.isIssued) return { ...receipt, outcome: 'unchanged' };
  return known.refusal === null
    ? { ...receipt, outcome: 'issue' }
    : refused(`is for a reward that ${known.refusal}`);
}

function amountProblem(given: string, { amount, currency }: Known): string | null {
  if (amount === null) return 'has an amount, but the reward has none';
  const reading = readAmount(given, currency);
  if ('problem' in reading) return `has an amount that cannot be used: ${reading.problem}`;
  if (isSameAmount(reading.value, amount)) return null;
  return `has the amount ${amountText(reading.value, currency)}, but the reward is ${amountText(amount, currency)}`;
}
