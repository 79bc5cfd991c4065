// Random choices that a seed repeats: a failure found once is found again.

export type Random = {
  /** From 0 up to 1, without 1. */
  next(): number;
  /** A whole number from 0 up to `below`, without it. */
  below(below: number): number;
  chance(probability: number): boolean;
  /** Of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
};

/** mulberry32: small, fast, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(list) {
      const picked = list[below(list.length)];
      if (picked === undefined && list.length === 0) throw new Error('nothing to pick from');
      return picked as (typeof list)[number];
    },
  };
}
