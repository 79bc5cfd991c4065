// The pages under Access.
import type { Role } from '../../domain/teammate.ts';
import type { Html } from '../html.ts';
import { type Tab, tabs } from './parts.ts';

const all: Tab[] = [
  { href: '/console/access', label: 'Your sessions' },
  { href: '/console/access/teammates', label: 'Teammates', needs: 'administrator' },
  { href: '/console/access/tokens', label: 'API tokens', needs: 'administrator' },
  { href: '/console/access/log', label: 'Audit log', needs: 'administrator' },
  { href: '/console/access/data', label: 'Export and erase', needs: 'administrator' },
];

/** `path` is the page's own, below /console. */
export function accessTabs(path: string, role: Role): Html {
  return tabs('Access', all, `/console${path}`, role);
}
