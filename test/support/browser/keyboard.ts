// Pages by the keyboard, without a mouse: tabs through them, and notes what is not reached or not seen.
import type { Locator, Page } from 'playwright-core';
import { z } from 'zod';

/** Runs in the page: opens what can be opened, counts how often Tab is due, and notes each stop from now on. */
const watch = `(() => {
  const main = document.querySelector('main');
  const stops = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]';
  for (const part of main.querySelectorAll('details')) part.open = true;
  const isDue = (control) => control.checkVisibility({ visibilityProperty: true }) && !control.matches(':disabled')
    && (control.tabIndex >= 0 || (control.form && !control.closest('[aria-hidden="true"]'))) && (control.type !== 'radio' || control === chosen(control));
  const chosen = ({ form, name }) => {
    const group = [...form.elements].filter((control) => control.type === 'radio' && control.name === name);
    return group.find(({ checked }) => checked) ?? group[0];
  };
  const due = [...main.querySelectorAll(stops)].filter(isDue);
  const walked = { due, seen: [], problems: [], left: false };
  globalThis.walked = walked;
  const nameOf = (control) => control.outerHTML.replaceAll(/\\s+/g, ' ').slice(0, 140);
  document.addEventListener('focusin', ({ target }) => {
    if (!main.contains(target)) {
      walked.left ||= walked.seen.length > 0;
      return;
    }
    if (walked.left || target === main) return;
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    if (outlineStyle === 'none' || outlineWidth === '0px') walked.problems.push('shows no focus: ' + nameOf(target));
    const before = walked.seen.at(-1);
    if (before?.isConnected && !(before.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING))
      walked.problems.push('comes too late: ' + nameOf(target));
    walked.seen.push(target);
  });
  // Past the last control of the page, which belongs to no page.
  document.addEventListener('focusout', ({ relatedTarget, target }) => {
    if (relatedTarget === null && target.isConnected && target === walked.due.at(-1)) walked.left = true;
  });
  globalThis.walkEnd = () => {
    for (const control of due)
      if (control.isConnected && isDue(control) && !walked.seen.includes(control))
        walked.problems.push('is not reached: ' + nameOf(control));
    if (!walked.left) walked.problems.push('does not let go of the focus: ' + nameOf(document.activeElement));
    const forms = [...document.forms].filter((form) => main.contains(form));
    const typed = 'input:not([type="hidden"], [type="checkbox"], [type="radio"], [type="file"]), select';
    for (const form of forms) {
      const first = [...form.elements].find(({ type, disabled }) => type === 'submit' && !disabled);
      if (!first) walked.problems.push('is not sent by Enter: ' + nameOf(form));
      else if (form.querySelector(typed) && first.matches('[data-redraw], .danger'))
        walked.problems.push('Enter in a field presses another button: ' + nameOf(first));
    }
    const writes = forms.filter((form) => form.method === 'post');
    const others = [...main.querySelectorAll('[formaction]')];
    return {
      problems: walked.problems,
      writes: [...writes.map((form) => form.getAttribute('action') || location.pathname),
        ...others.map((button) => button.getAttribute('formaction'))]
        .map((address) => new URL(address, location.href).pathname),
    };
  };
  // A date has a stop for each of its parts, and for its calendar.
  const dates = due.filter(({ type }) => type === 'date' || type === 'datetime-local').length;
  return due.length + 4 * dates + 2;
})()`;

const ended = z.object({ problems: z.array(z.string()), writes: z.array(z.string()) });

/**
 * Skips to the page's content, if it has more, and tabs through all of it. Resolves with what goes wrong, and with the addresses that the
 * forms of the page write to.
 */
export async function tabThrough(page: Page): Promise<z.output<typeof ended>> {
  const presses = z.number().parse(await page.evaluate(watch));
  await page.keyboard.press('Tab');
  if (await page.evaluate(`document.activeElement.matches('.skip')`)) await page.keyboard.press('Enter');
  for (let pressed = 0; pressed < presses; pressed++) await page.keyboard.press('Tab');
  return ended.parse(await page.evaluate('walkEnd()'));
}

/** Presses Tab until the control has the focus. */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  await control.waitFor();
  for (let pressed = 0; pressed < 300; pressed++) {
    await page.keyboard.press('Tab');
    if (await control.evaluate((element) => element === element.ownerDocument.activeElement)) return;
  }
  throw new Error(`Tab does not reach ${control}`);
}
