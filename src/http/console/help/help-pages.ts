// The documents in docs/, drawn as pages of the console for the links beside fields.
import { readFileSync } from 'node:fs';
import { Marked, type Tokens } from 'marked';
import { z } from 'zod';
import { type Html, html, ownHtml, textOf } from '../../html.ts';
import { type ConsolePage, page } from '../console.ts';
import { table } from '../parts.ts';

const documents = {
  start: 'Get started',
  agents: 'Answer customers from the card',
  console: 'Manage your program in the console',
  enrollment: 'Create contacts when people join',
  rules: 'Qualify referrals with rules',
  rewards: 'Pay rewards',
  imports: 'Import contacts',
  repair: 'Keep both sides in sync',
  messenger: 'Show users their referrals in the Messenger',
  'user-tokens': 'Verify users with user tokens',
  'referral-factory': 'Connect Referral Factory',
  fin: 'Answer customers with Fin',
  assistants: 'Connect AI assistants',
  contacts: 'Create and change contacts by API',
  operating: 'Operate Referral Desk',
  scale: 'Scale Referral Desk',
  performance: 'Performance',
  proof: 'Resilience and security tests',
} as const;
type DocumentName = keyof typeof documents;
const isDocument = (name: string): name is DocumentName => Object.hasOwn(documents, name);

export const helpPages: ConsolePage[] = [
  page('/help/:document', {
    title: 'Help',
    needs: 'viewer',
    params: z.object({ document: z.string().refine(isDocument) }),
    async show({ params: { document } }) {
      const links = Object.entries(documents).map(
        ([name, title]) => html`<a href="/console/help/${name}">${title}</a> `,
      );
      return {
        title: documents[document],
        body: html`<nav class="row" aria-label="Documents">${links}</nav><section class="prose">${drawn(document)}</section>`,
      };
    },
  }),
];

const known = new Map<DocumentName, Html>();

/** Without its title, which is the page's, and without pictures. */
function drawn(name: DocumentName): Html {
  const before = known.get(name);
  if (before) return before;
  const text = readFileSync(new URL(`../../../../docs/${name}.md`, import.meta.url), 'utf8');
  const markup = ownHtml(
    marked.parse(text.replace(/^# .*$/m, ''), { async: false }).replaceAll(/<p>\s*<\/p>/g, ''),
  );
  known.set(name, markup);
  return markup;
}

/** As GitHub names the sections of a document. */
function sectionOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Links between documents lead to their pages; those to other files of the repository are only words. */
function addressOf(href: string): string | null {
  if (/^https?:\/\//.test(href) || href.startsWith('#')) return href;
  const [, name = '', section = ''] = /^([\w-]+)\.md(#[\w-]+)?$/.exec(href) ?? [];
  return isDocument(name) ? `/console/help/${name}${section}` : null;
}

const marked = new Marked({
  renderer: {
    heading({ tokens, depth, text }: Tokens.Heading) {
      const level = Math.min(depth, 4);
      return `<h${level} id="${sectionOf(text)}">${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    link({ href, tokens }: Tokens.Link) {
      const words = ownHtml(this.parser.parseInline(tokens));
      const address = addressOf(href);
      return textOf(address === null ? words : html`<a href="${address}">${words}</a>`);
    },
    image: () => '',
    // Only pictures are written so in the documents.
    html: () => '',
    table({ header, rows }: Tokens.Table) {
      const inline = (tokens: Tokens.TableCell['tokens']) => ownHtml(this.parser.parseInline(tokens));
      const cells = rows
        .map((row) => row.map((cell) => inline(cell.tokens)))
        .filter((row) => row.some((cell) => textOf(cell).trim() !== ''))
        .map((row) => html`${row.map((cell) => html`<td>${cell}</td>`)}`);
      // A table of pictures.
      if (cells.length === 0) return '';
      return textOf(
        table(
          header.map((cell) => inline(cell.tokens)),
          cells,
        ),
      );
    },
  },
});
