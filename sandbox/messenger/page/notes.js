// @ts-check
// The sandbox's own word beside the Messenger: what Intercom would refuse, what its guidelines say, where a press led.
import { byId, element } from '../../inbox/page/dom.js';

/** Half of the Messenger: Intercom's guideline for what a card may take. */
export const halfMessenger = 352;

export function createNotes() {
  const root = byId('card-notes', HTMLElement);
  const left = byId('left', HTMLElement);
  /** What was noticed, by card. @type {Map<string, { problems: string[], warnings: string[] }>} */
  const noticed = new Map();

  function draw() {
    const all = [...noticed.values()];
    const problems = all.flatMap((each) => each.problems);
    const warnings = all.flatMap((each) => each.warnings);
    root.hidden = problems.length + warnings.length === 0;
    root.replaceChildren(
      element(
        'h2',
        { class: 'sandbox-note-title' },
        problems.length > 0 ? 'Intercom would refuse this' : "Does not follow Intercom's guidelines",
      ),
      element('ul', {}, ...[...problems, ...warnings].map((text) => element('li', { dir: 'auto' }, text))),
    );
  }

  return {
    /**
     * @param {string} key
     * @param {import('./api.js').Exchange[]} exchanges
     * @param {string | null} trouble
     * @param {number} height of what is shown, 0 when nothing is
     */
    answer(key, exchanges, trouble, height) {
      const problems = [
        ...exchanges.flatMap((each) => each.problems),
        ...(trouble === null ? [] : [trouble]),
      ];
      const warnings = exchanges.flatMap((each) => each.warnings);
      if (height > halfMessenger) {
        warnings.push(`The card is ${height} px tall; half of the Messenger is ${halfMessenger} px.`);
      }
      noticed.set(key, { problems, warnings });
      draw();
    },
    /** @param {string} url */
    left(url) {
      left.textContent = `Opened in a new tab: ${url}`;
    },
    clear() {
      noticed.clear();
      left.textContent = '';
      draw();
    },
  };
}
