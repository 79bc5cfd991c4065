// Parts of the app that are still objects built by factories. Each goes when its area becomes functions of the context.
import type { Tx } from '../store/database.ts';
import type { createInstallationStore } from '../store/workspace/installations.ts';
import type { createContactDoing } from '../usecases/contacts/contact-doing.ts';
import type { Ensuring } from '../usecases/contacts/contact-ensuring-edges.ts';
import type { createBatchWork } from '../usecases/imports/batch-work.ts';

export type Legacy = {
  installations: ReturnType<typeof createInstallationStore>;
  ensuring: Ensuring;
  bulkEnsuring: Ensuring;
  doContact: ReturnType<typeof createContactDoing<Tx>>;
  importWork: ReturnType<typeof createBatchWork>;
};
