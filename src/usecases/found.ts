// What the API answers for a record that there is not.
import { Failure } from '../failure.ts';

/** The record; rejects with a Failure `not-found` for none. Another workspace's record is as unknown as none. */
export function found<T>(record: T | null, noun: string): T {
  if (record === null) throw new Failure('not-found', `There is no such ${noun}.`);
  return record;
}

export function refuseField(field: string, why: string): never {
  throw new Failure('invalid', why, { fields: { [field]: why } });
}
