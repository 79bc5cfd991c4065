// A job that another version enqueued and this one cannot read.
import { PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import type { Job } from '../../src/jobs/job.ts';
import { createQueue } from '../../src/jobs/queue.ts';
import { freshDatabase } from '../support/database/clone.ts';

test('work that this version cannot read is told in the log, and keeps nothing else waiting', async () => {
  const database = await freshDatabase();
  const errors: string[] = [];
  const log = { info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) };
  const queue = createQueue({ url: database.url, log });
  await queue.start();
  const later = new PgBoss(database.url);
  await later.start();
  const odd = await later.send('settle-conversion', { name: 'settle-conversion', of: 'a later version' });
  const known: Job = { name: 'settle-conversion', workspaceId: 'w', conversionId: 'c' };
  await later.send('settle-conversion', known);

  const done: Job[] = [];
  await queue.work(async (work) => void done.push(work));
  await expect.poll(() => done).toEqual([known]);
  await expect.poll(() => errors).toEqual(['a job could not be read and was dropped']);
  const read = async () => (await later.getJobById('settle-conversion', odd ?? ''))?.state;
  await expect.poll(read).toBe('completed');
  await later.stop();
  await queue.stop();
  await database.drop();
});
