// Parts of the app that are still objects built by factories. Each goes when its area becomes functions of the context.
import type { createInstallationStore } from '../store/workspace/installations.ts';
import type { createImportWork } from '../usecases/imports/work-import.ts';

export type Legacy = {
  installations: ReturnType<typeof createInstallationStore>;
  importWork: ReturnType<typeof createImportWork>;
};
