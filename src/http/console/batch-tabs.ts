// The two ways to bring many people over at once.
import type { Role } from '../../domain/teammate.ts';
import type { Html } from '../html.ts';
import { tabs } from './parts.ts';

const all = [
  { href: '/console/batches', label: 'Uploads' },
  { href: '/console/batches/backfills', label: 'Backfills' },
];

/** `path` of the page that is shown. */
export const batchTabs = (path: string, role: Role): Html =>
  tabs('Many at once', all, `/console${path}`, role);
