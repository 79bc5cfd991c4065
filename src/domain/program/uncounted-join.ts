// Joins that led to no credit: why each did not count, and how many are kept of one person.

export const uncountedReasons = [
  'later_code',
  'own_code',
  'closed',
  'unknown_code',
  'other_campaign',
] as const;
export type UncountedReason = (typeof uncountedReasons)[number];

/** The newest; older ones are removed as new ones come. */
export const keptOfPerson = 50;

/** In words that follow "did not count:". */
export const uncountedWords: Record<UncountedReason, string> = {
  later_code: 'another referrer had the credit already',
  own_code: 'it was their own code',
  closed: 'the campaign was closed',
  unknown_code: 'no referrer has this code',
  other_campaign: 'the code belongs to another campaign',
};
