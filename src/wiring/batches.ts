// Batches of contacts: uploads, what is seen of them, and the work.

import { repeat } from '../jobs/repeat.ts';
import { createBatchIntake } from '../store/imports/batch-intake.ts';
import { createBatchWorkStore } from '../store/imports/batch-work.ts';
import { createBatchStore, type EnqueueBatch } from '../store/imports/batches.ts';
import { findOrCreateContact } from '../usecases/contacts/find-or-create.ts';
import { createBatchWork } from '../usecases/imports/batch-work.ts';
import { createBatches } from '../usecases/imports/batches.ts';
import type { Ground } from './context.ts';

/** As many as one search takes; several searches need not wait for each other. */
const emailsAtOnce = 50;

export function buildBatches(ground: Ground) {
  const { overrides, now, database, locks, queue, log, intercom } = ground;
  const enqueue: EnqueueBatch = (tx, job) => queue.enqueue(tx, job);
  const { contacts, attributes, ping } = intercom.bulk;
  return {
    batches: createBatches({
      store: createBatchStore(database, enqueue),
      intake: createBatchIntake(database, enqueue),
      now,
      every(milliseconds, what) {
        const stop = repeat(milliseconds, 'say that an upload goes on', what, log);
        return () => void stop();
      },
    }),
    batchWork: createBatchWork({
      store: createBatchWorkStore(database, enqueue),
      locks,
      ensure: (...draft) => findOrCreateContact(ground, 'bulk', ...draft),
      async search(workspaceId, emails) {
        const parts = Array.from({ length: Math.ceil(emails.length / emailsAtOnce) }, (_, at) =>
          emails.slice(at * emailsAtOnce, (at + 1) * emailsAtOnce),
        );
        return (await Promise.all(parts.map((part) => contacts.search(workspaceId, 'email', part)))).flat();
      },
      attributesOf: attributes.of,
      reach: ping,
      probeAfterMs: overrides.batchProbeMs ?? 5_000,
      now,
      log,
    }),
  };
}
