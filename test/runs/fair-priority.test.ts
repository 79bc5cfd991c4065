// Whose turn it is in the queue.
import { expect, test } from 'vitest';
import { createTurns } from '../../src/jobs/turns.ts';

const job = (workspaceId: string) => ({ name: 'work-runs' as const, workspaceId });

function given(times: number, turn: () => number): number {
  let last = turn();
  for (let n = 1; n < times; n += 1) last = turn();
  return last;
}

test('who asks for little is never behind those who ask for much, and the busiest comes last', () => {
  const turns = createTurns(() => 0);
  expect(given(30, () => turns(job('calm')))).toBe(0);
  expect(given(120, () => turns(job('busy')))).toBe(-1);
  expect(given(5_000, () => turns(job('busiest')))).toBe(-4);
  expect(turns(job('new'))).toBe(0);
  expect(turns({ name: 'handle-deliveries', workspaceId: 'busiest' })).toBe(0);
});

test('what was given is forgotten with time', () => {
  let at = 0;
  const turns = createTurns(() => at);
  given(1_000, () => turns(job('busy')));
  at += 60_000;
  expect(turns(job('busy'))).toBe(-3);
  at += 600_000;
  expect(turns(job('busy'))).toBe(0);
});

test('of workspaces beyond all number, those who were quiet the longest are forgotten', () => {
  const turns = createTurns(() => 0);
  given(1_000, () => turns(job('busy')));
  for (let n = 0; n < 9_999; n += 1) turns(job(`workspace ${n}`));
  expect(turns(job('busy'))).toBeLessThan(0);
  for (let n = 0; n < 10_000; n += 1) turns(job(`another ${n}`));
  expect(turns(job('busy'))).toBe(0);
});
