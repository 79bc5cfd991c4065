// The two logs that belong together: what this app did outside, and what Intercom told it.
import type { Role } from '../../domain/teammate.ts';
import type { Html } from '../html.ts';
import { tabs } from './parts.ts';

const all = [
  { href: '/console/run-log', label: 'Runs' },
  { href: '/console/run-log/deliveries', label: 'Deliveries' },
];

/** `path` of the page that is shown. */
export const workTabs = (path: string, role: Role): Html => tabs('Logs', all, `/console${path}`, role);
