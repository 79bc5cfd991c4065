// Parts of the app that are still objects built by factories. Each goes when its area becomes functions of the context.
import type { createInstallationStore } from '../store/workspace/installations.ts';
import type { createBatchWork } from '../usecases/imports/batch-work.ts';

export type Legacy = {
  installations: ReturnType<typeof createInstallationStore>;
  importWork: ReturnType<typeof createBatchWork>;
};
