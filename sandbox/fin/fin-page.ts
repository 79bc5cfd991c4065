// The chat with Fin as a page: choose a customer, ask, and see which connector was called and what it answered.
import { escaped } from '../oauth-page.ts';
import type { Contact } from '../world.ts';

export function finPage(contacts: readonly Contact[]): string {
  const options = contacts
    .filter(({ archived, merged_into }) => !archived && merged_into === null)
    .map(
      ({ id, name, pseudonym, email, role }) =>
        `<option value="${escaped(id)}">${escaped(name ?? pseudonym ?? 'No name')} (${escaped(role)}${email === null ? '' : `, ${escaped(email)}`})</option>`,
    );
  const asks = [
    'Where is my reward?',
    'How is my referral doing?',
    'What is my referral link?',
    'Do you have a referral program?',
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fin · stand-in for Intercom</title><style>${style}</style></head>
<body><main>
<section class="chat" aria-label="Conversation with Fin">
<header><h1>Fin</h1><p>A stand-in for Intercom’s AI agent. It answers with the data connectors that are live.</p>
<label for="contact">You are</label><select id="contact">${options.join('')}</select></header>
<ol id="talk" aria-live="polite"></ol>
<div class="quick">${asks.map((ask) => `<button type="button" data-ask="${escaped(ask)}">${escaped(ask)}</button>`).join('')}</div>
<form id="ask"><label class="hidden" for="text">Your message</label><input id="text" autocomplete="off" placeholder="Ask something…" maxlength="1000" required><button>Send</button></form>
<details><summary>Sign the customer in with a user token</summary><label for="token">User token (JWT) of the page</label><input id="token" autocomplete="off"></details>
</section>
<section class="log" aria-label="What Fin did"><h2>What Fin did</h2><p id="empty">Nothing yet. Ask Fin something.</p><div id="called"></div>
<h2>Execution log</h2><div class="scroll"><table><thead><tr><th>Connector</th><th>Result</th><th>Status</th><th>Time</th></tr></thead><tbody id="log"></tbody></table></div></section>
</main><script src="/fin/fin.js"></script></body></html>`;
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#dfe1e6, #3a3d45); --soft: light-dark(#f5f6f8, #22252b); --mine: light-dark(#e3edff, #24395f); }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; background: light-dark(#fff, #17191d); color: light-dark(#1b1d22, #eceef2); }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 24px; max-width: 1200px; margin: 0 auto; padding: 24px; }
h1 { font-size: 20px; margin: 0; } h2 { font-size: 15px; margin: 20px 0 8px; } header p { margin: 4px 0 12px; color: light-dark(#5b616e, #a2a8b4); }
.chat { display: flex; flex-direction: column; min-height: 80vh; border: 1px solid var(--line); border-radius: 12px; padding: 16px; }
label { display: block; font-size: 13px; margin-bottom: 4px; } .hidden { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
select, input { width: 100%; font: inherit; padding: 8px 10px; border: 1px solid var(--line); border-radius: 8px; background: inherit; color: inherit; }
#talk { list-style: none; margin: 16px 0; padding: 0; flex: 1; display: flex; flex-direction: column; gap: 8px; }
#talk li { max-width: 85%; padding: 8px 12px; border-radius: 12px; background: var(--soft); overflow-wrap: anywhere; align-self: flex-start; }
#talk li.mine { align-self: flex-end; background: var(--mine); } #talk li.note { font-size: 13px; background: none; border: 1px dashed var(--line); }
.quick { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 8px; } button { font: inherit; padding: 6px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); color: inherit; cursor: pointer; }
#ask { display: flex; gap: 8px; margin-bottom: 12px; } details { font-size: 13px; }
pre { background: var(--soft); border-radius: 8px; padding: 12px; overflow: auto; max-height: 420px; font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; } th, td { text-align: left; padding: 6px 8px; border-bottom: 1px solid var(--line); }
.log { min-width: 0; } @media (max-width: 760px) { main { grid-template-columns: minmax(0, 1fr); padding: 12px; } .chat { min-height: 0; } }`;

export const finScript = `
const at = (id) => document.getElementById(id);
const make = (name, text, className = '') => Object.assign(document.createElement(name), { textContent: text, className });
let pending = null;
function say(text, className = '') { at('talk').append(make('li', text, className)); at('talk').lastChild.scrollIntoView({ block: 'nearest' }); }
async function ask(text) {
  say(text, 'mine');
  const isCode = pending !== null && /^\\d{6}$/.test(text.trim());
  const body = { contact_id: at('contact').value, text: isCode ? pending : text, conversation_id: 'demo-' + at('contact').value };
  if (isCode) body.code = text.trim();
  if (at('token').value.trim() !== '') body.user_token = at('token').value.trim();
  const answer = await fetch('/fin/ask', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const said = await answer.json();
  say(said.text ?? said.error);
  pending = said.asks_code ? body.text : isCode && said.called === null ? pending : null;
  if (said.asks_code) say('Sent by email to the customer: ' + said.asks_code, 'note');
  if (said.called) {
    at('empty').hidden = true;
    const { connector, request, response, http_status, execution_time_ms, tries } = said.called;
    at('called').replaceChildren(make('p', connector + ': ' + (http_status ?? 'no answer') + ' in ' + execution_time_ms + ' ms' + (tries > 1 ? ', ' + tries + ' tries' : '')),
      make('pre', request), make('pre', JSON.stringify(response, null, 2)));
  }
  await showLog();
}
async function showLog() {
  const rows = await (await fetch('/fin/log')).json();
  at('log').replaceChildren(...rows.map((row) => {
    const line = document.createElement('tr');
    line.append(make('td', row.connector), make('td', row.success ? 'Succeeded' : row.error_type), make('td', row.http_status ?? ''), make('td', row.execution_time_ms + ' ms'));
    return line;
  }));
}
at('ask').addEventListener('submit', (event) => { event.preventDefault(); const text = at('text').value; at('text').value = ''; ask(text); });
for (const button of document.querySelectorAll('[data-ask]')) button.addEventListener('click', () => ask(button.dataset.ask));
at('contact').addEventListener('change', () => { at('talk').replaceChildren(); pending = null; });
showLog();
`;
