// Why the order of a subject's runs is kept by a lock of our own, and not by a queue that is ordered by key.
import { PgBoss } from 'pg-boss';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSubjectLocks } from '../../src/store/subject-lock.ts';
import { freshDatabase } from '../support/database/clone.ts';

let database: Awaited<ReturnType<typeof freshDatabase>>;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.drop());

test('a key_strict_fifo queue gives out no job of a key any more once one of them has failed for good', async () => {
  const boss = new PgBoss(database.url);
  await boss.start();
  await boss.createQueue('ordered', { policy: 'key_strict_fifo', retryLimit: 0 });
  const send = (singletonKey: string) => boss.send('ordered', {}, { singletonKey });
  const failed = await send('ann');
  await send('ann');
  const other = await send('ben');
  const taken = async () => (await boss.fetch('ordered', { batchSize: 10 })).map((job) => job.id);
  expect((await taken()).toSorted()).toEqual([failed, other].toSorted());
  await boss.fail('ordered', failed ?? '');
  expect(await taken()).toEqual([]);
  await boss.stop();
});

test('a subject is free again at once when its worker has released it, or its connection is gone', async () => {
  const quiet = { warn() {} };
  const first = createSubjectLocks(database.url, quiet);
  const second = createSubjectLocks(database.url, quiet);
  const lock = await first.take('w', 'ann');
  expect(await first.take('w', 'ann')).toBeNull();
  expect(await second.take('w', 'ann')).toBeNull();
  expect(await second.take('other', 'ann')).not.toBeNull();
  await lock?.release();
  const next = await second.take('w', 'ann');
  expect(next?.holds()).toBe(true);
  await second.close();
  await expect.poll(() => first.take('w', 'ann'), { timeout: 10_000 }).not.toBeNull();
  await first.close();
});
