// The layout around every page of the console.
import type { Visitor } from '../../usecases/workspace/sessions.ts';
import { type Html, html } from '../html.ts';
import { assets } from './assets/assets.ts';

/** `count` is what waits there; 0 shows nothing. */
export type Link = { href: string; label: string; count: number };

type Page = {
  title: string;
  body: Html;
  /** Null before sign-in. */
  visitor: Visitor | null;
  csrf: Html;
  nav: Link[];
  path: string;
  flash: string | null;
};

export function layout({ title, body, visitor, csrf, nav, path, flash }: Page): Html {
  const place = visitor ? `${visitor.workspaceName} · Referral Desk` : 'Referral Desk';
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${place}</title>
<link rel="stylesheet" href="${assets.style}">
${assets.scripts.map((script) => html`<script src="${script}" defer></script>`)}
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
${visitor ? sidebar(visitor, csrf, nav, current(nav, path)) : html`<header class="bare"><p class="brand">${mark} Referral Desk</p></header>`}
<main id="content">
${flash !== null && flash !== '' && html`<p class="notice good" role="status" id="flash">${flash}</p>`}
<h1>${title}</h1>
${body}
<p class="visually-hidden" role="status" id="live"></p>
</main>
</body>
</html>
`;
}

/** Counting stops where a number is of no more use. */
const countText = (count: number) => (count > 999 ? '999+' : String(count));

const mark = html`<span class="mark" aria-hidden="true">R</span>`;

function sidebar(visitor: Visitor, csrf: Html, nav: Link[], currentPath: string | null): Html {
  const { teammate, role, workspaceName, timeZone } = visitor;
  return html`<header>
<p class="brand"><a href="/console">${mark} Referral Desk</a></p>
<nav aria-label="Console"><ul>
${nav.map(({ href, label, count }) => html`<li><a href="${href}"${href === currentPath && html` aria-current="page"`}>${label}${count > 0 && html` <span class="count">${countText(count)}</span>`}</a></li>\n`)}</ul></nav>
<div class="who">
<p><b>${workspaceName}</b></p>
<p>${teammate.name} <span class="quiet">${role}</span></p>
<p class="quiet">Times in ${timeZone}</p>
<form method="post" action="/console/sign-out">${csrf}<button class="plain">Sign out</button></form>
</div>
</header>`;
}

/** The navigation entry of the page: the longest path that is a prefix of the page's. */
function current(nav: Link[], path: string): string | null {
  const above = nav.filter(
    ({ href }) => path === href || (href !== '/console' && path.startsWith(`${href}/`)),
  );
  return above.toSorted((left, right) => right.href.length - left.href.length)[0]?.href ?? null;
}
