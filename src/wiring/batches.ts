// Batches of contacts: uploads, what is seen of them, and the work.

import { createContactAttributes } from '../intercom/contacts/contact-attributes.ts';
import { createContactMaking } from '../intercom/contacts/contact-making.ts';
import { repeat } from '../jobs/repeat.ts';
import { createBatchIntake } from '../store/imports/batch-intake.ts';
import { createBatchWorkStore } from '../store/imports/batch-work.ts';
import { createBatchStore, type EnqueueBatch } from '../store/imports/batches.ts';
import type { Ensuring } from '../usecases/contacts/contact-ensuring-edges.ts';
import { createBatchWork } from '../usecases/imports/batch-work.ts';
import { createBatches } from '../usecases/imports/batches.ts';
import type { Ground } from './context.ts';
import type { Outgoing } from './outgoing.ts';

/** As many as one search takes; several searches need not wait for each other. */
const emailsAtOnce = 50;

/** `ensuring` is the one that gives way to all other work. */
export function buildBatches(
  { overrides, now, database, locks, queue, log }: Ground,
  { bulkCallOf }: Outgoing,
  ensuring: Ensuring,
) {
  const enqueue: EnqueueBatch = (tx, job) => queue.enqueue(tx, job);
  const intercom = createContactMaking(bulkCallOf);
  const attributes = createContactAttributes(bulkCallOf, now);
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
      ensure: ensuring.ensure,
      async search(workspaceId, emails) {
        const parts = Array.from({ length: Math.ceil(emails.length / emailsAtOnce) }, (_, at) =>
          emails.slice(at * emailsAtOnce, (at + 1) * emailsAtOnce),
        );
        return (await Promise.all(parts.map((part) => intercom.search(workspaceId, 'email', part)))).flat();
      },
      attributesOf: attributes.of,
      async reach(workspaceId) {
        const call = await bulkCallOf(workspaceId);
        await call('get', '/me');
      },
      probeAfterMs: overrides.batchProbeMs ?? 5_000,
      now,
      log,
    }),
  };
}
