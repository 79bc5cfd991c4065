// Plain pages for people, in a layout that loads nothing.
import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { type Html, html, textOf } from './html.ts';

const style = html`
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
a { color: light-dark(#0b57d0, #a8c7fa); }
.next a { display: inline-block; padding: .5rem 1rem; border: 1px solid; border-radius: .5rem; text-decoration: none; }
`;

function policyFor(styles: Html, formAction: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(textOf(styles)).digest('base64')}'`,
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

/** `form`: the page's own style, and a form that is sent to this server. */
export type Page = {
  status: number;
  title: string;
  /** The title, unless it is another one. */
  heading?: string;
  body: Html;
  form?: { style: Html };
};

/** Never cached or framed. */
export function sendPage(res: Response, page: Page): void {
  const styles = html`${style}${page.form?.style}`;
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<style>${styles}</style>
</head>
<body>
<main>
<h1>${page.heading ?? page.title}</h1>
${page.body}
</main>
</body>
</html>
`;
  const policy = policyFor(styles, page.form ? "'self'" : "'none'");
  res.status(page.status).set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
  res.type('html').send(textOf(whole));
}
