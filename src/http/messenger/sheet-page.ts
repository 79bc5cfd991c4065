// The sheet as it looks. It loads Intercom's library, which alone can send what was typed, signed.
import { createHash } from 'node:crypto';
import type { Response } from 'express';
import { consentGiven } from '../../../canvas/messenger/action.ts';
import type { Context } from '../../context.ts';
import type { Language } from '../../domain/languages/language.ts';
import { translate } from '../../domain/languages/translate.ts';
import type { OpenedSheet, SheetForm } from '../../usecases/messenger/sheet.ts';
import { type Html, html, textOf } from '../html.ts';

const style = html`
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1.25rem; }
main { max-width: 30rem; margin: 0 auto; }
/* Intercom shows the title above the sheet. */
h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
p { margin: 0 0 .75rem; }
label { display: block; font-weight: 600; margin-top: .75rem; }
input[type=text], input[type=email], textarea { display: block; width: 100%; box-sizing: border-box; margin-top: .25rem;
  padding: .55rem .65rem; border: 1px solid light-dark(#8a8f98, #6f757e); border-radius: .5rem; font: inherit; }
.tick { display: flex; gap: .5rem; align-items: flex-start; margin-top: 1rem; }
.tick label { margin: 0; font-weight: 400; }
.link { overflow-wrap: anywhere; padding: .55rem .65rem; border-radius: .5rem; background: light-dark(#eef1f6, #23272e); }
.buttons { display: flex; gap: .5rem; flex-wrap: wrap; margin-top: 1.25rem; }
button { padding: .6rem 1.1rem; border: 1px solid light-dark(#8a8f98, #6f757e); border-radius: .5rem; font: inherit;
  background: none; color: inherit; cursor: pointer; }
button.main { border-color: #0b57d0; background: #0b57d0; color: #fff; }
:focus-visible { outline: 3px solid light-dark(#0b57d0, #a8c7fa); outline-offset: 2px; }
`;

/** The library has no other way to send: without it, closing is all that is left. */
const script = html`
const library = window.INTERCOM_MESSENGER_SHEET_LIBRARY;
library?.setTitle(document.querySelector('h1').textContent);
document.getElementById('close').addEventListener('click', () => library?.closeSheet());
const form = document.querySelector('form');
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const button = form.querySelector('button.main');
  button.disabled = true;
  button.textContent = form.dataset.sending;
  library?.submitSheet(Object.fromEntries(new FormData(form)));
});
`;

const hashOf = (content: Html) => `'sha256-${createHash('sha256').update(textOf(content)).digest('base64')}'`;
const styleHash = hashOf(style);
const scriptHash = hashOf(script);

/** It is framed by Intercom's own hosts, which are many: it forbids no frame. */
function policyFor({ hosts }: Context): string {
  const scripts = new Set([`${hosts.scriptHost}/`, `${new URL(hosts.sheetLibrary()).origin}/`]);
  return [
    "default-src 'none'",
    `style-src ${styleHash}`,
    `script-src ${scriptHash} ${[...scripts].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

export function sendSheet(ctx: Context, res: Response, sheet: OpenedSheet & { status: number }): void {
  const { language, form, status } = sheet;
  const title = translate(language, 'messenger.refer');
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
<script src="${ctx.hosts.sheetLibrary()}"></script>
</head>
<body>
<main>
<h1>${title}</h1>
${form === null ? html`<p>${translate(language, 'messenger.sheet.expired')}</p>\n<div class="buttons">${closeButton(language)}</div>` : formOf(language, form)}
</main>
<script>${script}</script>
</body>
</html>
`;
  res.removeHeader('X-Frame-Options');
  res.set({
    'Content-Security-Policy': policyFor(ctx),
    'Cache-Control': 'no-store',
    // Intercom's page is of another site, and so is the frame that this is in.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Cross-Origin-Opener-Policy': 'unsafe-none',
  });
  res.status(status).type('html').send(textOf(page));
}

const closeButton = (language: Language) =>
  html`<button type="button" id="close">${translate(language, 'messenger.sheet.close')}</button>`;

function formOf(language: Language, { link, wording, nonce }: SheetForm): Html {
  const say = (key: 'name' | 'email' | 'words' | 'send') => translate(language, `messenger.form.${key}`);
  return html`<p>${translate(language, 'messenger.link')}</p>
<p class="link">${link}</p>
<form data-sending="${translate(language, 'messenger.sheet.sending')}">
<input type="hidden" name="nonce" value="${nonce}">
<label for="name">${say('name')}</label>
<input type="text" id="name" name="name" required maxlength="80" autocomplete="off">
<label for="email">${say('email')}</label>
<input type="email" id="email" name="email" required maxlength="254" autocomplete="off">
<label for="words">${say('words')}</label>
<textarea id="words" name="words" rows="5" maxlength="500"></textarea>
<div class="tick"><input type="checkbox" id="consent" name="consent" value="${consentGiven}" required>
<label for="consent">${wording.consent ?? translate(language, 'messenger.form.consent')}</label></div>
<div class="buttons"><button class="main">${say('send')}</button>${closeButton(language)}</div>
</form>`;
}
