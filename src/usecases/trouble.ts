// What a thrown error means for the work that met it: which side has the trouble, and what to do about it.
import type { RefusedExchange } from '../domain/runs/exchange.ts';
import { Failure } from '../failure.ts';
import { databaseTrouble } from '../store/database-errors.ts';

/**
 * `service`: Intercom or the platform cannot be used at all now. `grant`: it refuses our token. `limit`: it
 * asks for fewer calls. `database`: our own database. `work`: this row, run or request alone.
 */
export type TroubleOf = 'service' | 'grant' | 'limit' | 'database' | 'work';

export type Trouble = {
  of: TroubleOf;
  /** No later attempt can succeed. */
  isFinal: boolean;
  /** The service does not let this app do it: a scope, the plan, a blocked field. Only a person can change that. */
  isDenied: boolean;
  /** Not foreseen: a bug, or a value that the database refuses. */
  isUnexpected: boolean;
  /** For people: no SQL, no values, no token. */
  words: string;
  retryAfterSeconds: number | undefined;
  /** The service confirms that it changed nothing. */
  notDone: boolean;
  /** The service's answer, if there was one. */
  exchange: RefusedExchange | undefined;
};

const ofFailure: Partial<Record<Failure['code'], TroubleOf>> = {
  unavailable: 'service',
  'rate-limited': 'limit',
  unauthorized: 'grant',
};

/** Everything that turns an error into a state asks here. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Failure) return troubleOfFailure(error);
  const none = { isDenied: false, retryAfterSeconds: undefined, notDone: false, exchange: undefined };
  const database = databaseTrouble(error);
  const code = database?.code ? ` (${database.code})` : '';
  if (database?.of === 'database') {
    const words = `The app's database cannot be used right now${code}`;
    return { ...none, of: 'database', isFinal: false, isUnexpected: false, words };
  }
  if (database) {
    const words = `The app's database refuses a value${code}. See the app's log`;
    return { ...none, of: 'work', isFinal: code.startsWith(' (22'), isUnexpected: true, words };
  }
  const words = storable(error instanceof Error ? error.message : String(error));
  return { ...none, of: 'work', isFinal: false, isUnexpected: true, words };
}

function troubleOfFailure(failure: Failure): Trouble {
  const { code, message, final, notDone, retryAfterSeconds, exchange } = failure;
  const of = ofFailure[code] ?? 'work';
  return {
    of,
    isFinal: final,
    isDenied: code === 'forbidden',
    isUnexpected: code === 'unexpected',
    words: storable(message),
    retryAfterSeconds,
    notDone: notDone || of === 'limit' || of === 'grant',
    exchange,
  };
}

/** For a caller who waits for the answer: Intercom's 401, which is about our token, must not become the caller's. */
export function rethrowToCaller(error: unknown): never {
  if (troubleOf(error).of !== 'grant') throw error;
  const message = 'Intercom denies access to the app. Install it again.';
  throw new Failure('conflict', message, { cause: error });
}

/** It waits and uses up no attempt: what it needs cannot be had now, for this work and all other. */
export const canWait = ({ of }: Trouble): boolean => of !== 'work';

/** PostgreSQL stores neither U+0000 nor half of a character, which is what cutting a text can leave. */
const storable = (words: string) => words.replaceAll('\0', '').slice(0, 1_000).toWellFormed();
