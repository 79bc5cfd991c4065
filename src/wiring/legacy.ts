// Parts of the app that are still objects built by factories. Each goes when its area becomes functions of the context.
import type { Tx } from '../store/database.ts';
import type { RunStore } from '../store/runs/runs.ts';
import type { createInstallationStore } from '../store/workspace/installations.ts';
import type { createSettingsStore } from '../store/workspace/settings.ts';
import type { Ensuring } from '../usecases/contacts/contact-ensuring-edges.ts';
import type { createBatchWork } from '../usecases/imports/batch-work.ts';
import type { ContactsJoining } from '../usecases/repair/contacts-joining.ts';
import type { createDrift } from '../usecases/repair/drift.ts';
import type { createRuns } from '../usecases/runs/runs.ts';
import type { createWriteBack } from '../usecases/runs/write-back.ts';
import type { Audit } from '../usecases/workspace/audit.ts';

export type Legacy = {
  installations: ReturnType<typeof createInstallationStore>;
  runStore: RunStore;
  settings: ReturnType<typeof createSettingsStore>;
  audit: Audit<Tx>;
  writeBack: ReturnType<typeof createWriteBack<Tx>>;
  ensuring: Ensuring;
  bulkEnsuring: Ensuring;
  contactsJoining: ContactsJoining<Tx>;
  drift: ReturnType<typeof createDrift<Tx>>;
  runs: ReturnType<typeof createRuns<Tx>>;
  importWork: ReturnType<typeof createBatchWork>;
};
