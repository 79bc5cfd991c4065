// Reads and writes that share a query: which wait for which others, and that those waiting for a database that hangs do not
// fill the memory.
import { setImmediate as nextTurn } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Tx } from '../../src/store/database.ts';
import { gathered, gatherWrites } from '../../src/store/gathered-writes.ts';
import { batched } from '../../src/store/shared-query.ts';

/** Rounds that end when they are told to, each answering its keys doubled. */
function rounds() {
  const asked: { keys: number[]; end: () => void }[] = [];
  const load = (keys: number[]) =>
    new Promise<number[]>((resolve) => {
      asked.push({ keys, end: () => resolve(keys.map((key) => key * 2)) });
    });
  return { asked, load };
}

describe('Questions that are asked', () => {
  it('in the same moment share a round, and those during it share the next', async () => {
    const { asked, load } = rounds();
    const ask = batched(load, { perRound: 10, roundsAtOnce: 1 });
    const first = [ask(1), ask(2)];
    await nextTurn();
    const second = [ask(3), ask(4), ask(5)];
    await nextTurn();
    expect(asked.map(({ keys }) => keys)).toEqual([[1, 2]]);
    asked[0]?.end();
    expect(await Promise.all(first)).toEqual([2, 4]);
    await nextTurn();
    asked[1]?.end();
    expect(await Promise.all(second)).toEqual([6, 8, 10]);
  });

  it('with a value that the database refuses fail alone, and with a database that is gone all fail', async () => {
    const refused = Object.assign(new pg.DatabaseError('unsupported Unicode escape', 1, 'error'), {
      code: '22P05',
    });
    const gone = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    let failing: Error = refused;
    const asked: number[][] = [];
    const ask = batched(
      async (keys: number[]) => {
        asked.push(keys);
        if (keys.includes(2)) throw failing;
        return keys;
      },
      { perRound: 10, roundsAtOnce: 1 },
    );
    const outcomes = async () =>
      (await Promise.allSettled([ask(1), ask(2), ask(3)])).map(({ status }) => status);
    expect(await outcomes()).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    failing = gone;
    asked.length = 0;
    expect(await outcomes()).toEqual(['rejected', 'rejected', 'rejected']);
    expect(asked).toEqual([[1, 2, 3]]);
  });

  it('while the database works are sent before the answers of the round before are used', async () => {
    const { asked, load } = rounds();
    const ask = batched(load, { perRound: 10, roundsAtOnce: 1 });
    const roundsAtAnswer = ask(1).then(() => asked.length);
    await nextTurn();
    const second = ask(2);
    asked[0]?.end();
    expect(await roundsAtAnswer).toBe(2);
    asked[1]?.end();
    expect(await second).toBe(4);
  });

  it('by more than may wait are refused at once, until there is room again', async () => {
    const { asked, load } = rounds();
    const ask = batched(load, { perRound: 1, roundsAtOnce: 1, maxPending: 2 });
    const underWay = ask(1);
    await nextTurn();
    const waiting = [ask(2), ask(3)];
    await expect(ask(4)).rejects.toMatchObject({ code: 'unavailable' });
    asked[0]?.end();
    expect(await underWay).toBe(2);
    await nextTurn();
    const late = ask(5);
    asked[1]?.end();
    await nextTurn();
    await nextTurn();
    asked[2]?.end();
    await nextTurn();
    await nextTurn();
    asked[3]?.end();
    expect(await Promise.all([...waiting, late])).toEqual([4, 6, 10]);
  });
});

it('writes that are gathered are written at the end, with those that they bring about', async () => {
  const tx = {} as Tx;
  const written: string[] = [];
  const note = gathered(async (_tx: Tx, rows: readonly string[]) => void written.push(rows.join(' ')));
  const change = gathered(async (handle: Tx, rows: readonly string[]) => {
    written.push(rows.join(' '));
    await note(handle, ['noted']);
  });
  const tell = gathered(async (handle: Tx) => note(handle, ['told']), { last: true });
  await gatherWrites(tx, async () => {
    await tell(tx, ['all']);
    await note(tx, ['first']);
    await change(tx, ['a']);
    await change(tx, ['b']);
    expect(written).toEqual([]);
  });
  expect(written).toEqual(['first', 'a b', 'noted', 'told']);
});
