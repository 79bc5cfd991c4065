// Related pages as tabs.
import { mayDo, type Role } from '../../domain/workspace/teammate.ts';
import { type Html, html } from '../html.ts';

export type Tab = { href: string; label: string; needs?: Role };

/** Renders the tabs; `here` is the path of the current page. */
export function tabs(label: string, all: readonly Tab[], currentPath: string, role: Role): Html {
  const open = all.filter(({ needs }) => needs === undefined || mayDo(role, needs));
  return html`<nav class="tabs" aria-label="${label}"><ul>${open.map(
    (tab) =>
      html`<li><a href="${tab.href}"${tab.href === currentPath && html` aria-current="page"`}>${tab.label}</a></li>`,
  )}</ul></nav>`;
}

/** The pages under Access. In each of these, `path` is the current page's own, below /console. */
export const accessTabs = (path: string, role: Role): Html => tabs('Access', access, `/console${path}`, role);
const access: Tab[] = [
  { href: '/console/access', label: 'Your sessions' },
  { href: '/console/access/teammates', label: 'Teammates', needs: 'administrator' },
  { href: '/console/access/tokens', label: 'API tokens', needs: 'administrator' },
  { href: '/console/access/log', label: 'Audit log', needs: 'administrator' },
  { href: '/console/access/data', label: 'Export and erase', needs: 'administrator' },
];

/** The two ways to bring over many people at once. */
export const importTabs = (path: string, role: Role): Html =>
  tabs('Many at once', imports, `/console${path}`, role);
const imports: Tab[] = [
  { href: '/console/imports', label: 'Uploads' },
  { href: '/console/backfills', label: 'Backfills' },
];

/** The two logs: what this app did outside, and what Intercom sent. */
export const workTabs = (path: string, role: Role): Html => tabs('Logs', work, `/console${path}`, role);
const work: Tab[] = [
  { href: '/console/run-log', label: 'Runs' },
  { href: '/console/run-log/deliveries', label: 'Deliveries' },
];
