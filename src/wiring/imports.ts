// Imports of contacts: uploads, what is seen of them, and the work.

import { repeat } from '../jobs/repeat.ts';
import { createImportIntake } from '../store/imports/import-intake.ts';
import { createImportWorkStore } from '../store/imports/import-work.ts';
import { createImportStore, type EnqueueImport } from '../store/imports/contact-imports.ts';
import { findOrCreateContact } from '../usecases/contacts/find-or-create.ts';
import { createImportWork } from '../usecases/imports/work-import.ts';
import { createImports } from '../usecases/imports/contact-imports.ts';
import type { Ground } from './context.ts';

/** As many as one search takes; several searches need not wait for each other. */
const emailsAtOnce = 50;

export function buildImports(ground: Ground) {
  const { overrides, now, database, locks, queue, log, intercom } = ground;
  const enqueue: EnqueueImport = (tx, job) => queue.enqueue(tx, job);
  const { contacts, attributes, ping } = intercom.bulk;
  return {
    imports: createImports({
      store: createImportStore(database, enqueue),
      intake: createImportIntake(database, enqueue),
      now,
      every(milliseconds, what) {
        const stop = repeat(milliseconds, 'say that an upload goes on', what, log);
        return () => void stop();
      },
    }),
    importWork: createImportWork({
      store: createImportWorkStore(database, enqueue),
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
      probeAfterMs: overrides.importProbeMs ?? 5_000,
      now,
      log,
    }),
  };
}
