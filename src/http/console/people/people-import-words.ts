// Lists of people in words: their purposes, states, and the outcomes of their rows.
import type { ImportPurpose, PeopleImportState, RowOutcome } from '../../../domain/people/people-import.ts';
import type { PeopleImport } from '../../../usecases/people/lists/people-imports.ts';
import type { Badge } from '../parts.ts';
import { count } from '../words.ts';

export const importsPath = '/people/imports';
export const importPath = (id: string, more = '') => `/console${importsPath}/${id}${more}`;

export const purposeWords: Record<ImportPurpose, string> = {
  referrers: 'Add as referrers',
  referrals: 'Add as referrals',
  qualify: 'Qualify referrals',
};

export const stateBadges: Record<PeopleImportState, Badge> = {
  receiving: ['plain', 'Uploading'],
  unmapped: ['fair', 'Choose columns'],
  checking: ['fair', 'Checking'],
  checked: ['fair', 'Ready to confirm'],
  running: ['fair', 'Running'],
  done: ['good', 'Done'],
  undoing: ['fair', 'Undoing'],
  undone: ['plain', 'Undone'],
  canceled: ['plain', 'Canceled'],
  failed: ['bad', 'Failed'],
};

type Tone = Badge[0];
const tones: Record<RowOutcome, Tone> = {
  new: 'plain',
  done: 'good',
  present: 'plain',
  duplicate: 'plain',
  unknown: 'bad',
  unknown_referrer: 'bad',
  own_referral: 'bad',
  held: 'fair',
  blocked: 'bad',
  refused: 'bad',
  undone: 'plain',
  kept: 'fair',
};

export function outcomeWords({ purpose }: Pick<PeopleImport, 'purpose'>): Record<RowOutcome, string> {
  const qualifies = purpose === 'qualify';
  return {
    new: qualifies ? 'Would qualify' : 'New',
    done: qualifies ? 'Qualified' : 'Added',
    present: qualifies ? 'Already qualified' : 'Already in the campaign',
    duplicate: 'Duplicate row',
    unknown: 'Not found',
    unknown_referrer: 'Referrer not found',
    own_referral: 'Own referral',
    held: 'Waits for review',
    blocked: 'Cannot qualify',
    refused: 'Unreadable',
    undone: 'Undone',
    kept: 'Kept',
  };
}

export const outcomeBadge = (list: PeopleImport, outcome: RowOutcome): Badge => [
  tones[outcome],
  outcomeWords(list)[outcome],
];

/** "12 referrers". */
export function peopleText(purpose: ImportPurpose, number: number): string {
  const noun = purpose === 'referrers' ? 'referrer' : 'referral';
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}
