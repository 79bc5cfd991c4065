// In which order workspaces take turns while their deliveries wait.
import { expect, test } from 'vitest';
import { createTurns } from '../../src/usecases/qualification/delivery-rounds.ts';

type Turns = ReturnType<typeof createTurns>;

function next(turns: Turns, waiting: readonly string[], count: number): string[] {
  const ids = turns.order(waiting).slice(0, count);
  for (const id of ids) turns.take(id);
  return ids;
}

test('busy workspaces take turns, and one that has just got a delivery comes before them', () => {
  const turns = createTurns();
  const busy = ['a', 'b', 'c', 'd'];
  expect(next(turns, busy, 2)).toEqual(['a', 'b']);
  expect(next(turns, busy, 2)).toEqual(['c', 'd']);
  expect(next(turns, [...busy, 'quiet'], 2)).toEqual(['quiet', 'a']);
  expect(next(turns, busy, 2)).toEqual(['b', 'c']);
  // Its deliveries were all handled in between.
  expect(next(turns, [...busy, 'quiet'], 2)).toEqual(['quiet', 'd']);
});

test('quiet workspaces that come and go do not keep a busy one waiting, however many they are', () => {
  const turns = createTurns();
  const looks = Array.from({ length: 12 }, (_, look) =>
    next(turns, ['busy', ...Array.from({ length: 6 }, (_, at) => `quiet ${look}.${at}`)], 6),
  );
  const ofBusy = looks.flatMap((ids, look) => (ids.includes('busy') ? [look] : []));
  expect(ofBusy).toEqual([0, 2, 4, 6, 8, 10]);
});

test('a workspace that was not reached keeps its place', () => {
  const turns = createTurns();
  const waiting = ['slow', 'other', 'third'];
  expect(turns.order(waiting)).toEqual(waiting);
  turns.take('slow');
  expect(turns.order(waiting)).toEqual(['other', 'third', 'slow']);
});
