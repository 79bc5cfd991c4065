// The lists of People, as tabs.
import type { Html } from '../../html.ts';
import { tabs } from '../parts.ts';

const lists = {
  people: { label: 'Everyone', href: '/console/people' },
  referrals: { label: 'Referrals', href: '/console/people/referrals' },
  referrers: { label: 'Referrers', href: '/console/people/referrers' },
};

export function peopleTabs(current: keyof typeof lists): Html {
  const links = Object.entries(lists).map(([name, link]) => ({ ...link, isCurrent: name === current }));
  return tabs('People', links);
}
