// Every kind of paged work.
import type { PageWorkName } from '../domain/page-work.ts';
import type { PageWork } from '../usecases/page-work.ts';
import { peopleImportWork } from '../usecases/people/lists/people-import-pages.ts';
import { ruleReadingWork } from '../usecases/qualification/rule-readings.ts';
import { backfillWork } from '../usecases/repair/backfill-pages.ts';
import { erasureWork } from '../usecases/repair/erasure-pages.ts';
import { recoveryWork } from '../usecases/repair/recovery.ts';
import { syncCheckWork } from '../usecases/repair/sync-check.ts';
import { bulkRewardWork } from '../usecases/rewards/bulk-changes.ts';
import { receiptWork } from '../usecases/rewards/receipts.ts';

export const pageWorks: Record<PageWorkName, PageWork> = {
  backfill: backfillWork,
  'sync-check': syncCheckWork,
  recovery: recoveryWork,
  erasure: erasureWork,
  'rule-reading': ruleReadingWork,
  receipts: receiptWork,
  'people-import': peopleImportWork,
  'bulk-change': bulkRewardWork,
};
