// The names of mapping sources and fields as people read them.
import { capital } from '../words.ts';
import { customName, extraPrefix } from './mapping.ts';

/** "Referrer: first name" for referrer.first_name; a person's own facts have no prefix. */
export function sourceLabel(name: string): string {
  if (name.startsWith(extraPrefix)) return name.slice(extraPrefix.length);
  const [group = '', field] = name.split('.');
  const words = spaced(field ?? group);
  return capital(field === undefined || group === 'person' ? words : `${group}: ${words}`);
}

export function targetLabel(to: string): string {
  const custom = customName(to);
  if (custom !== null) return custom;
  return capital(spaced(to).replace('.', ': '));
}

const spaced = (name: string) => name.replaceAll('_', ' ').replace(/\bid\b/, 'ID');
