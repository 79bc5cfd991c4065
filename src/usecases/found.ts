// The API's answer for a missing record.
import { Failure } from '../failure.ts';

/** Rejects with `not-found` for null, which also stands for another workspace's record. */
export function found<T>(record: T | null, noun: string): T {
  if (record === null) throw new Failure('not-found', `${noun[0]?.toUpperCase()}${noun.slice(1)} not found.`);
  return record;
}

export function refuseField(field: string, why: string): never {
  throw new Failure('invalid', why, { fields: { [field]: why } });
}
