// A rule over recorded notifications: what it would have done, and when.
import { describe, expect, test } from 'vitest';
import type { Facts, Notification } from '../../../src/domain/qualification/notification.ts';
import type { Condition, RuleDefinition } from '../../../src/domain/qualification/rule.ts';
import { type RecordedNotice, simulate } from '../../../src/domain/qualification/rule-simulation.ts';
import { plan, rule } from './rules.ts';

const day = (number: number) => new Date(Date.UTC(2026, 10, number));
const isPro: Condition = { attribute: plan, operator: 'is', value: 'pro' };
const toPro: Condition = { attribute: plan, operator: 'changed_to', to: ['pro'] };

function seen(facts: Facts, updatedAt: Date | null, becameUser = false): Notification {
  const contact = { id: 'c', role: null, email: null, externalId: null, name: null, updatedAt, facts };
  return { kind: 'seen', contact, becameUser };
}

const onPlan = (on: number, value: string | null, updated = on): RecordedNotice => ({
  deliveryId: on,
  at: day(on),
  notice: seen({ [plan]: value }, day(updated)),
});

function outcomeOf(definition: RuleDefinition, recorded: RecordedNotice[], now = day(28), from = day(5)) {
  const simulation = simulate(definition, from);
  for (const one of recorded) simulation.tell(one);
  const { acted, holding } = simulation.outcome(now);
  return {
    acted: acted && [acted.deliveryId, acted.at],
    holding: holding && [holding.deliveryId, holding.at],
  };
}

const nothing = { acted: null, holding: null };

test('the first notification that meets the rule is the one that counts', () => {
  const recorded = [onPlan(6, 'free'), onPlan(7, 'pro'), onPlan(8, 'pro')];
  expect(outcomeOf(rule(isPro), recorded)).toEqual({ acted: [7, day(7)], holding: null });
});

test('what came before the window only says how things stood', () => {
  expect(outcomeOf(rule(isPro), [onPlan(3, 'pro')])).toEqual(nothing);
  expect(outcomeOf(rule(toPro), [onPlan(3, 'pro'), onPlan(6, 'pro')])).toEqual(nothing);
  expect(outcomeOf(rule(toPro), [onPlan(3, 'free'), onPlan(6, 'pro')])).toEqual({
    acted: [6, day(6)],
    holding: null,
  });
});

test('an older state that comes later is left out', () => {
  const recorded = [onPlan(6, 'free'), onPlan(8, 'basic'), { ...onPlan(9, 'pro', 7) }];
  expect(outcomeOf(rule(toPro), recorded)).toEqual(nothing);
});

test('a state with a clock that is ahead hides none that come later, also once the time has come that it told', () => {
  const told = (updated: Date) => ({ ...onPlan(6, 'free'), notice: seen({ [plan]: 'free' }, updated) });
  const acted = (on: number) => ({ acted: [on, day(on)], holding: null });
  expect(outcomeOf(rule(toPro), [told(new Date('2099-01-01')), onPlan(7, 'pro')])).toEqual(acted(7));
  expect(outcomeOf(rule(toPro), [told(day(8)), onPlan(9, 'pro', 7)])).toEqual(acted(9));
});

describe('a rule that holds for three days', () => {
  const holds = { holds_for_days: 3 };
  test('acts when they are over, though nothing more is told', () => {
    expect(outcomeOf(rule(toPro, holds), [onPlan(6, 'free'), onPlan(7, 'pro')])).toEqual({
      acted: [7, day(10)],
      holding: null,
    });
  });
  test('is still holding before that', () => {
    expect(outcomeOf(rule(toPro, holds), [onPlan(6, 'free'), onPlan(7, 'pro')], day(9))).toEqual({
      acted: null,
      holding: [7, day(10)],
    });
  });
  test('goes on holding while the target stands, and stops when it falls', () => {
    const recorded = [onPlan(6, 'free'), onPlan(7, 'pro'), onPlan(8, 'pro')];
    expect(outcomeOf(rule(toPro, holds), recorded)).toEqual({ acted: [7, day(10)], holding: null });
    expect(outcomeOf(rule(toPro, holds), [...recorded, onPlan(9, 'free')])).toEqual(nothing);
  });
  test('has acted before what is told afterwards', () => {
    const recorded = [onPlan(6, 'free'), onPlan(7, 'pro'), onPlan(11, 'free')];
    expect(outcomeOf(rule(toPro, holds), recorded)).toEqual({ acted: [7, day(10)], holding: null });
  });
});

test('a tag is put on what is known of the contact', () => {
  const vip = rule({ attribute: 'tags', operator: 'changed_to', to: ['71'] });
  const tagged = (on: number, added: boolean): RecordedNotice => ({
    deliveryId: on,
    at: day(on),
    notice: { kind: 'tagged', contact: null, contactId: 'c', tag: { id: '71', name: 'VIP' }, added },
  });
  const start = { deliveryId: 6, at: day(6), notice: seen({ tags: ['9'] }, day(6)) };
  expect(outcomeOf(vip, [start, tagged(7, true)])).toEqual({ acted: [7, day(7)], holding: null });
  expect(outcomeOf(vip, [tagged(7, true)])).toEqual(nothing);
  expect(outcomeOf(vip, [start, tagged(7, false)])).toEqual(nothing);
});

test('becoming a user is taken from the notification that says so', () => {
  const became = { deliveryId: 6, at: day(6), notice: seen({ role: 'user' }, day(6), true) };
  expect(outcomeOf(rule({ operator: 'became_user' }), [became])).toEqual({
    acted: [6, day(6)],
    holding: null,
  });
});

test('notifications that say nothing of attributes change nothing', () => {
  const other: Notification[] = [
    { kind: 'ping' },
    { kind: 'unknown', topic: 'x' },
    { kind: 'unreadable', why: 'x' },
    { kind: 'deleted', contactId: 'c', externalId: null },
    { kind: 'company', contactId: 'c', attached: true },
  ];
  const recorded = other.map((notice, at) => ({ deliveryId: at, at: day(6), notice }));
  expect(outcomeOf(rule({ attribute: plan, operator: 'is_not_set' }), recorded)).toEqual(nothing);
});
