// In which order workspaces take turns while their deliveries wait.
import { expect, test } from 'vitest';
import { createTurns } from '../../src/usecases/qualification/delivery-rounds.ts';

test('busy workspaces take turns, and one that has just got a delivery comes before them', () => {
  const turns = createTurns();
  const busy = ['a', 'b', 'c', 'd'];
  expect(turns.next(busy, 2)).toEqual(['a', 'b']);
  expect(turns.next(busy, 2)).toEqual(['c', 'd']);
  expect(turns.next([...busy, 'quiet'], 2)).toEqual(['quiet', 'a']);
  expect(turns.next(busy, 2)).toEqual(['b', 'c']);
  // Its deliveries were all handled in between.
  expect(turns.next([...busy, 'quiet'], 2)).toEqual(['quiet', 'd']);
});
