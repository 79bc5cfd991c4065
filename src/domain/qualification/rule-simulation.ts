// What a rule would have done if it had existed when the recorded notifications about a contact arrived.
import { pastMoment } from '../time.ts';
import type { Facts, Notification } from './notification.ts';
import { attributesOf, holdEnd, type RuleDefinition } from './rule.ts';
import { type Evaluation, evaluate, meets } from './rule-evaluation.ts';
import { attributesAfter, isOlder, withTag } from './snapshot.ts';

export type RecordedNotice = { deliveryId: number; at: Date; notice: Notification };

export type Act = { deliveryId: number; at: Date; evaluation: Evaluation };

export type Simulation = {
  /** Call in order of arrival. Notifications before `from` only set the initial state. */
  tell(recorded: RecordedNotice): void;
  readonly done: boolean;
  /** At most one of the two; `holding` is met but must stay so until its `at`. */
  outcome(now: Date): { acted: Act | null; holding: Act | null };
};

/** The referral exists since `from`; earlier notifications do not count. Days are in the workspace's `timeZone`. */
export function simulate(rule: RuleDefinition, from: Date, timeZone = 'UTC'): Simulation {
  const names = new Set([...attributesOf(rule), 'role']);
  let facts: Facts | null = null;
  let updatedAt: Date | null = null;
  let hold: Act | null = null;
  let acted: Act | null = null;

  function passTime(now: Date): void {
    if (hold !== null && hold.at <= now) {
      acted = hold;
      hold = null;
    }
  }

  function tell({ deliveryId, at, notice }: RecordedNotice): void {
    passTime(at);
    const change = changeIn(notice, facts);
    if (acted !== null || change === null || isOlder(change.updatedAt, updatedAt, at)) return;
    const before = facts;
    facts = attributesAfter(before, change.facts, names);
    updatedAt = pastMoment(change.updatedAt, at) ?? updatedAt;
    if (at < from) return;
    const { becameUser } = change;
    const holding = hold !== null;
    const seen = { before, after: facts, becameUser, now: at, holding, timeZone };
    if (!meets(rule, seen)) hold = null;
    else
      hold ??= {
        deliveryId,
        at: holdEnd(rule, { since: at, timeZone }) ?? at,
        evaluation: evaluate(rule, seen),
      };
    passTime(at);
  }

  return {
    tell,
    get done() {
      return acted !== null;
    },
    outcome(now) {
      passTime(now);
      return { acted, holding: hold };
    },
  };
}

type Change = { facts: Facts; updatedAt: Date | null; becameUser: boolean };

/** Null when it says nothing about the contact's attributes. */
function changeIn(notice: Notification, facts: Facts | null): Change | null {
  if (notice.kind === 'seen') return { ...notice.contact, becameUser: notice.becameUser };
  if (notice.kind === 'merged') return { ...notice.contact, becameUser: false };
  if (notice.kind !== 'tagged') return null;
  if (notice.contact !== null) return { ...notice.contact, becameUser: false };
  return facts && { facts: withTag(facts, notice.tag.id, notice.added), updatedAt: null, becameUser: false };
}
