// A campaign's own page where people join: what it shows, and its address.
import { z } from 'zod';
import { tidy } from '../identity.ts';

export const joinPage = z.strictObject({
  open: z.boolean().describe('Whether people can join on this page.'),
  text: z.string().nullable().describe('Text below the title.'),
  color: z.string().nullable().describe('Button color: "#0b57d0". Null: the default.'),
  consent: z.string().nullable().describe('Consent text that people must accept. Null: none.'),
});
export type JoinPage = z.infer<typeof joinPage>;

export const newJoinPage: JoinPage = { open: true, text: null, color: null, consent: null };

export const maxSlugLength = 60;

/** Lower-case letters, digits and single hyphens; never the form of an ID. */
export const slugPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** "Été & Fall 2027" becomes "ete-fall-2027". A name without Latin letters or digits becomes "campaign". */
export function slugOf(name: string): string {
  const words =
    tidy(name)
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const slug = words.join('-').slice(0, maxSlugLength).replace(/-$/, '');
  return slug === '' || isId(slug) ? 'campaign' : slug;
}

export const isId = (text: string) => z.guid().safeParse(text).success;

/** How others see a person: "Dana R." Null without a name. */
export function shortName(name: string | null): string | null {
  const [first, ...more] = (name ?? '').split(/\s+/).filter((word) => word !== '');
  if (first === undefined || first.includes('@')) return null;
  const [initial] = more.at(-1) ?? '';
  return initial === undefined ? first : `${first} ${initial.toUpperCase()}.`;
}
