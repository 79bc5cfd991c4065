// The join page as it looks: its form, the share link after it, and what is said instead.
import type { Invitation } from '../../usecases/program/join.ts';
import { type Html, html } from '../html.ts';
import type { Page } from '../page.ts';

export type JoinFields = { email: string; name: string; consent: boolean };
type Problems = Partial<Record<keyof JoinFields, string>>;

const usualColor = '#0b57d0';

export function joinFormPage(
  { campaign, invitedBy, referrer }: Invitation,
  { fields, problems }: { fields: JoinFields; problems: Problems },
): Page {
  const { name, joinPage } = campaign;
  const hasProblem = Object.keys(problems).length > 0;
  const action = `/join/${campaign.slug}${referrer === null ? '' : `?code=${referrer.code}`}`;
  return {
    status: hasProblem ? 422 : 200,
    title: hasProblem ? `Error: ${name}` : name,
    heading: name,
    form: { style: styleFor(joinPage.color) },
    body: html`${invitedBy !== null && html`<p class="invited">${invitedBy} invited you.</p>`}
${paragraphs(joinPage.text ?? 'Join, and get your own link to share with friends.')}
${hasProblem && summary(problems)}
<form method="post" action="${action}" novalidate>
${input('email', 'Your email', fields.email, problems, html` type="email" autocomplete="email" inputmode="email" required maxlength="320"`)}
${input('name', 'Your name (optional)', fields.name, problems, html` autocomplete="name" maxlength="200"`)}
<div class="unseen" aria-hidden="true"><label for="website">Leave this empty</label>
<input id="website" name="website" tabindex="-1" autocomplete="off"></div>
${joinPage.consent !== null && consentField(joinPage.consent, fields, problems)}
<button>Join</button>
</form>`,
  };
}

/** `link` is null for what only a program would send. */
export function joinedPage({ campaign }: Invitation, link: string | null): Page {
  return {
    status: 200,
    title: `You joined ${campaign.name}`,
    form: { style: styleFor(campaign.joinPage.color) },
    body:
      link === null
        ? html`<p>Thank you.</p>`
        : html`<p>This is your own link. Send it to your friends. Friends who join with it count as your referrals.</p>
<p class="link"><label for="link">Your link</label>
<input id="link" value="${link}" readonly></p>
<p><a href="${mailTo(campaign.name, link)}">Send it by email</a></p>`,
  };
}

export const problemPages = {
  unknown: {
    status: 404,
    title: 'Page not found',
    body: html`<p>The link may be incomplete. Ask for the full link.</p>`,
  },
  tooOften: {
    status: 429,
    title: 'One moment, please',
    body: html`<p>Too many people from your network joined. Try again in a minute.</p>`,
  },
  unreadable: {
    status: 400,
    title: 'The form could not be read',
    body: html`<p>Nothing was saved. Go back and send it again.</p>`,
  },
  unavailable: {
    status: 503,
    title: 'Please try again in a moment',
    body: html`<p>You have not joined yet because of a problem on our side. Go back and send the form again.</p>`,
  },
} satisfies Record<string, Page>;

function input(
  name: 'email' | 'name',
  label: string,
  value: string,
  problems: Problems,
  attributes: Html,
): Html {
  const problem = problems[name];
  const isWrong = problem !== undefined;
  return html`<p><label for="${name}">${label}</label>
${isWrong && html`<span class="why" id="${name}-why">${problem}</span>`}
<input id="${name}" name="${name}" value="${value}"${attributes}${isWrong && refusedField(name, problems)}></p>`;
}

/** The first of them has the focus. */
function refusedField(name: keyof JoinFields, problems: Problems): Html {
  const isFirst = (['email', 'name', 'consent'] as const).find((field) => problems[field]) === name;
  return html` aria-invalid="true" aria-describedby="${name}-why"${isFirst && html` autofocus`}`;
}

function consentField(text: string, { consent }: JoinFields, problems: Problems): Html {
  const problem = problems.consent;
  const isWrong = problem !== undefined;
  return html`<p class="tick"><input type="checkbox" id="consent" name="consent" value="yes" required${consent && html` checked`}${isWrong && refusedField('consent', problems)}>
<label for="consent">${text}</label>${isWrong && html`<span class="why" id="consent-why">${problem}</span>`}</p>`;
}

function summary(problems: Problems): Html {
  const items = Object.entries(problems).map(
    ([field, problem]) => html`<li><a href="#${field}">${problem}</a></li>`,
  );
  return html`<div class="problem" role="alert"><p>Fix these fields to join:</p><ul>${items}</ul></div>`;
}

const paragraphs = (text: string) =>
  html`${text
    .split(/\n{2,}/)
    .map(
      (paragraph) =>
        html`<p>${paragraph.split('\n').map((line, at) => html`${at > 0 && html`<br>`}${line}`)}</p>`,
    )}`;

function mailTo(campaign: string, link: string): string {
  return `mailto:?subject=${encodeURIComponent(campaign)}&body=${encodeURIComponent(link)}`;
}

/** `color` has the form #rrggbb. */
function styleFor(color: string | null): Html {
  const shown = color ?? usualColor;
  return html`
body { margin: 8vh auto; }
label { display: block; font-weight: 600; }
input:not([type=checkbox]) { font: inherit; width: 100%; box-sizing: border-box; padding: .55rem .7rem; border: 1px solid light-dark(#767676, #8c8c8c); border-radius: .4rem; background: light-dark(#fff, #1c1c1e); color: inherit; }
input[aria-invalid] { border-color: light-dark(#b3261e, #f2b8b5); }
:focus-visible { outline: 3px solid ${shown}; outline-offset: 2px; }
.why { display: block; color: light-dark(#b3261e, #f2b8b5); }
.problem { border-left: 4px solid light-dark(#b3261e, #f2b8b5); padding-left: 1rem; }
.tick { display: grid; grid-template-columns: auto 1fr; gap: .2rem .6rem; align-items: start; }
.tick label { font-weight: 400; }
.tick .why { grid-column: 2; }
.tick input { width: 1.2rem; height: 1.2rem; margin-top: .15rem; }
.unseen { position: absolute; left: -99rem; height: 1px; overflow: hidden; }
button { font: inherit; font-weight: 600; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: ${shown}; color: ${textOn(shown)}; cursor: pointer; }
.invited { font-weight: 600; }
`;
}

/** Black or white, whatever has the higher contrast (WCAG 2.2, relative luminance). */
function textOn(color: string): '#000' | '#fff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? '#000' : '#fff';
}
