// The priority of a workspace's jobs in the queue.
import { expect, test } from 'vitest';
import { createFairPriority } from '../../src/jobs/fair-priority.ts';

const job = (workspaceId: string) => ({ name: 'work-runs' as const, workspaceId });

function afterJobs(times: number, next: () => number): number {
  let last = next();
  for (let n = 1; n < times; n += 1) last = next();
  return last;
}

test('a workspace with few jobs is never behind those with many, and the busiest comes last', () => {
  const priorityOf = createFairPriority(() => 0);
  expect(afterJobs(30, () => priorityOf(job('calm')))).toBe(0);
  expect(afterJobs(120, () => priorityOf(job('busy')))).toBe(-1);
  expect(afterJobs(5_000, () => priorityOf(job('busiest')))).toBe(-4);
  expect(priorityOf(job('new'))).toBe(0);
  expect(priorityOf({ name: 'handle-deliveries', workspaceId: 'busiest' })).toBe(0);
});

test('earlier jobs count less with time', () => {
  let at = 0;
  const priorityOf = createFairPriority(() => at);
  afterJobs(1_000, () => priorityOf(job('busy')));
  at += 60_000;
  expect(priorityOf(job('busy'))).toBe(-3);
  at += 600_000;
  expect(priorityOf(job('busy'))).toBe(0);
});

test('of too many workspaces, those that were quiet the longest are forgotten', () => {
  const priorityOf = createFairPriority(() => 0);
  afterJobs(1_000, () => priorityOf(job('busy')));
  for (let n = 0; n < 9_999; n += 1) priorityOf(job(`workspace ${n}`));
  expect(priorityOf(job('busy'))).toBeLessThan(0);
  for (let n = 0; n < 10_000; n += 1) priorityOf(job(`another ${n}`));
  expect(priorityOf(job('busy'))).toBe(0);
});
