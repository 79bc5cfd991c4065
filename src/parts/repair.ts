// Putting right and handing over: exports.

import { createExportStore } from '../store/exports.ts';
import { createExport } from '../usecases/export.ts';
import type { Ground } from './ground.ts';

/** What brings both sides to the same state again, and what a company may ask for of its data. */
export function buildRepair({ database }: Ground) {
  const exports = createExport({ store: createExportStore(database) });
  return { exports };
}
