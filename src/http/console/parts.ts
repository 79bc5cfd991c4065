// Pieces that pages of the console share.
import { type Content, type Html, html, ownHtml, textOf } from '../html.ts';

/** A table that scrolls on its own. Each row is its cells, as `<td>` and `<th scope="row">`. */
export function table(columns: readonly Content[], rows: readonly Html[], caption?: string): Html {
  const shown = rows.map(textOf);
  const isByStatus = shown.some((cells) => cells.includes('class="badge'));
  const labels = columns.map((name) =>
    textOf(html`${name}`)
      .replaceAll(sortWords, '')
      .replaceAll(/<[^<>]*>|[↑↓]/g, '')
      .trim(),
  );
  return html`<div class="scroll" tabindex="0"><table${isByStatus && html` class="by-status"`}>${caption !== undefined && html`<caption><span>${caption}</span></caption>`}
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${shown.map((cells) => html`<tr>${ownHtml(isByStatus ? labeled(cells, labels) : cells)}</tr>\n`)}</tbody>
</table></div>`;
}

/** The arrow and its words in the heading of the column by which the list is sorted. */
const sortWords = /<span aria-hidden="true">[↑↓]<\/span><span class="visually-hidden">[^<>]*<\/span>/g;

/** On a phone each row stands alone, with its status first and the name of each column beside the cell. */
function labeled(cells: string, labels: readonly string[]): string {
  let at = 0;
  return cells.replaceAll(/<t([dh])(?=[\s>])/g, (start) => {
    const label = labels[at] ?? '';
    at += 1;
    return label === '' ? start : `${start} data-label="${label}"`;
  });
}

export type Badge = readonly [tone: 'good' | 'fair' | 'bad' | 'plain', words: string];

/** A state in a word or two, readable without its color. */
export function badge(...[tone, words]: Badge): Html {
  return html`<span class="badge ${tone}">${words}</span>`;
}

type Step = {
  name: string;
  isDone: boolean;
  how: string;
  label: string;
  href: string;
  /** A second way. */
  also?: { label: string; href: string };
};

/** Each with what to do, until it is done. */
export function stepList(steps: readonly Step[]): Html {
  const next = steps.find((step) => !step.isDone);
  const item = (step: Step) => html`<li>
<div><h3>${step.name}</h3>${step.isDone ? badge('good', 'Done') : step === next ? badge('fair', 'Next') : badge('plain', 'To do')}</div>
${!step.isDone && html`<div><p>${step.how}</p><p><a href="${step.href}">${step.label}</a>${step.also && html` · <a href="${step.also.href}">${step.also.label}</a>`}</p></div>`}
</li>`;
  return html`<ol class="checks">${steps.map(item)}</ol>`;
}

export function tabs(
  label: string,
  links: readonly { href: string; label: string; isCurrent: boolean }[],
): Html {
  return html`<nav class="tabs" aria-label="${label}"><ul>${links.map(
    (link) =>
      html`<li><a href="${link.href}"${link.isCurrent && html` aria-current="page"`}>${link.label}</a></li>`,
  )}</ul></nav>`;
}

/** A button that first says what it does: the form behind it is shown by a press, without a script. */
export function askedForm(effect: Content, ...form: Parameters<typeof buttonForm>): Html {
  const [, , label, { style = '' } = {}] = form;
  return html`<details class="asked"><summary class="${style}">${label}…</summary><p>${effect}</p>${buttonForm(...form)}</details>`;
}

/** `fields` are hidden inputs; those without a value are left out. `more` goes before the button. */
export function buttonForm(
  action: string,
  csrf: Html,
  label: string,
  {
    fields = {},
    style = '',
    more,
  }: { fields?: Record<string, string | undefined>; style?: string; more?: Html } = {},
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${action}">${csrf}${hidden}${more}<button class="${style}">${label}</button></form>`;
}
