// The pages on which a teammate lets the app into the workspace, or reads why that cannot be.
import type { AppListing } from './deliveries/developer-hub.ts';
import type { Admin } from './world.ts';

export type Consent = {
  workspaceName: string;
  app: AppListing;
  admins: Admin[];
  /** What the form carries through: `client_id`, `redirect_uri`, `state`. */
  hidden: Record<string, string>;
  /** Allows the page's one inline style under its content security policy. */
  nonce: string;
};

/** Intercom's question before an app is installed, as a page. */
export function consentPage(consent: Consent): string {
  const { workspaceName, app, admins, hidden, nonce } = consent;
  return page(
    `Install ${app.name}`,
    nonce,
    `<div class="pair" aria-hidden="true"><span class="mark">I</span><span class="dots">···</span><span class="mark app">R</span></div>
    <h1>${escaped(app.name)} would like access to <strong>${escaped(workspaceName)}</strong></h1>
    <p class="quiet">The app will be able to do this in your workspace:</p>
    <ul tabindex="0" aria-label="Permissions">${app.scopes.map((scope) => `<li><b>${escaped(scope.name)}</b><span>${escaped(scope.reason)}</span></li>`).join('')}</ul>
    <form method="post" action="/oauth">
      ${Object.entries(hidden)
        .map(([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`)
        .join('')}
      <label for="admin_id">You are</label>
      <select id="admin_id" name="admin_id">${admins.map(teammateOption).join('')}</select>
      <div class="buttons">
        <button name="decision" value="cancel">Cancel</button>
        <button class="primary" name="decision" value="authorize">Authorize access</button>
      </div>
    </form>`,
  );
}

/** Why the app cannot be installed. It stays here, since a redirect to an unknown place would hand out the state. */
export function refusalPage(reason: string, nonce: string): string {
  return page(
    'This app cannot be installed',
    nonce,
    `<h1>This app cannot be installed</h1><p>${escaped(reason)}</p>`,
  );
}

function teammateOption(admin: Admin): string {
  const unverified = admin.email_verified ? '' : ', email not verified';
  return `<option value="${escaped(admin.id)}">${escaped(`${admin.name} (${admin.email}${unverified})`)}</option>`;
}

/** As it may stand in a page, in an attribute too. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page of the sandbox; `main` is HTML with its texts escaped already. */
export function page(title: string, nonce: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escaped(title)}</title>
  <style nonce="${nonce}">${style}</style>
</head>
<body><main>${main}</main><footer>Sandbox: a stand-in for Intercom. Nothing leaves this machine.</footer></body>
</html>`;
}

const style = `
:root { color-scheme: light dark; --ink: #17181c; --quiet: #6c6f74; --line: #e3e4e8; --card: #fff; --ground: #f5f5f7;
  --blue: #1f6feb; --tint: #eef4ff; }
@media (prefers-color-scheme: dark) { :root { --ink: #f1f2f4; --quiet: #a4a8b0; --line: #34373f; --card: #1e2026;
  --ground: #14151a; --blue: #5b9bff; --tint: #22304a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; justify-items: center; gap: 16px;
  padding: 24px 16px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { width: min(500px, 100%); max-width: calc(100vw - 32px); padding: 24px 28px; background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; box-shadow: 0 12px 40px rgb(0 0 0 / 8%); }
.pair { display: flex; justify-content: center; align-items: center; gap: 12px; margin-bottom: 12px; }
.mark { width: 40px; height: 40px; display: grid; place-content: center; border-radius: 12px;
  background: #286efa; color: #fff; font-weight: 700; font-size: 20px; }
.mark.app { background: #0f7b5f; }
.dots { color: var(--quiet); letter-spacing: 3px; }
h1 { margin: 0 0 8px; font-size: 20px; line-height: 1.35; font-weight: 500; text-align: center; }
h1 strong { font-weight: 700; }
.quiet { margin: 0 0 12px; color: var(--quiet); text-align: center; }
/* However many there are, the buttons are to be seen. */
ul { max-height: 38vh; overflow: auto; list-style: none; margin: 0 0 14px; padding: 4px 16px; border: 1px solid var(--line);
  border-radius: 10px; }
li { display: grid; padding: 6px 0; }
li + li { border-top: 1px solid var(--line); }
li b { font-weight: 600; font-size: 14px; }
li span { color: var(--quiet); font-size: 13px; }
label { display: block; margin-bottom: 4px; color: var(--quiet); font-size: 13px; }
select, input:not([type=hidden]) { width: 100%; padding: 9px 10px; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; }
input { margin-bottom: 10px; }
[role=alert] { margin: 0 0 12px; color: #c8372d; }
.buttons { display: flex; justify-content: flex-end; gap: 8px; margin-top: 16px; }
button { padding: 9px 16px; font: inherit; font-weight: 600; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; cursor: pointer; }
button.primary { color: #fff; background: #1f6feb; border-color: #1f6feb; }
button:hover { filter: brightness(.96); }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
pre { max-height: 40vh; margin: 8px 0 0; padding: 10px; overflow: auto; border: 1px solid var(--line); border-radius: 8px;
  font-size: 12px; }
section + section, form + section { margin-top: 16px; border-top: 1px solid var(--line); }
section h2 { margin: 12px 0 0; font-size: 15px; }
footer { color: var(--quiet); font-size: 12px; text-align: center; }
`;
