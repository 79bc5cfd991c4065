// @ts-check
// How a teammate puts the app somewhere: its own steps in a dialog, then initializing it with what they came to.
import { drawCanvas } from '../../inbox/page/card/canvas-view.js';
import { element, icon } from '../../inbox/page/dom.js';
import { api } from './api.js';

/** @typedef {import('./api.js').Where} Where */
/** @typedef {import('./api.js').Shown} Shown */
/** @typedef {import('./api.js').Exchange} Exchange */
/** @typedef {import('./api.js').AppCard} AppCard */
/** @typedef {Record<string, unknown> | null} Options */

/**
 * Resolves with the card once the app is there, or with null when the dialog was closed before.
 * @param {Where} where
 * @param {{ text?: string, options?: Options }} [given] options that are known already leave the app's steps out
 * @returns {Promise<AppCard | null>}
 */
export function putApp(where, { text, options } = {}) {
  const notes = element('div', {
    class: 'sandbox-note',
    'aria-label': 'Warnings from the sandbox',
    role: 'group',
    hidden: true,
  });
  const body = element('div', { class: 'card-body', 'data-testid': 'configure-body' });
  const frame = element('div', { class: 'app-card' }, body);
  const close = element('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close' }, '×');
  const dialog = element(
    'dialog',
    { class: 'configure', 'aria-label': 'Referral Desk', 'data-testid': 'configure' },
    element('header', {}, element('h2', {}, 'Referral Desk'), close),
    frame,
    notes,
  );
  document.body.append(dialog);
  close.addEventListener('click', () => dialog.close());

  /** @param {Exchange} exchange */
  function note({ problems, warnings }) {
    const all = [...problems, ...warnings];
    notes.hidden = all.length === 0;
    notes.replaceChildren(element('ul', {}, ...all.map((line) => element('li', { dir: 'auto' }, line))));
  }

  return new Promise((resolve) => {
    /** @type {AppCard | null} */
    let made = null;
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(made);
    });

    /** @param {Options} results */
    async function insert(results) {
      const { exchange, card } = await api.insert(where, results, text);
      note(exchange);
      made = card;
      if (card === null) broken();
      else dialog.close();
    }

    /** @param {Parameters<typeof api.configure>[1]} [step] */
    async function configure(step) {
      frame.setAttribute('aria-busy', 'true');
      body.inert = true;
      const { exchange, shown, results } = await api.configure(where, step);
      note(exchange);
      if (results !== null) return insert(results);
      frame.removeAttribute('aria-busy');
      body.inert = false;
      if (shown === null) return broken();
      const canvas = /** @type {import('../../inbox/page/api.js').Canvas} */ (/** @type {unknown} */ (shown));
      drawCanvas(body, canvas, (component_id, input_values, pressed) => {
        pressed.classList.add('ck-pressed');
        begin(configure({ shown, component_id, input_values }));
      });
    }

    function broken() {
      frame.removeAttribute('aria-busy');
      body.inert = false;
      body.replaceChildren(
        element('div', { class: 'ck-broken', role: 'alert' }, icon('alert'), 'Something went wrong'),
      );
    }

    /** @param {Promise<void>} work what fails is shown, too */
    function begin(work) {
      work.catch((error) => {
        broken();
        notes.hidden = false;
        notes.textContent = error instanceof Error ? error.message : String(error);
      });
    }

    body.replaceChildren(element('div', { class: 'ck-loading', role: 'status', 'aria-label': 'Loading' }));
    dialog.showModal();
    begin(options === undefined ? configure() : insert(options));
  });
}

/**
 * A card as a teammate sees it: of a live one, what this person would see; nothing on it can be pressed.
 * @param {string} cardId
 * @param {string} person
 * @param {() => void} [onDrawn]
 * @returns {HTMLElement}
 */
export function cardPreview(cardId, person, onDrawn = () => {}) {
  const body = element('div', { class: 'card-body', 'data-testid': 'card-body', inert: true });
  const root = element(
    'section',
    { class: 'app-card', 'data-testid': 'sent-card', 'aria-label': 'Referral Desk card' },
    body,
  );
  body.replaceChildren(element('div', { class: 'ck-loading', role: 'status', 'aria-label': 'Loading' }));
  const broken = () =>
    body.replaceChildren(element('p', { class: 'ck-broken' }, icon('alert'), 'Something went wrong'));
  api
    .view({ card_id: cardId, person, locale: 'en' })
    .then(({ shown }) => {
      if (!shown?.content) return broken();
      drawCanvas(
        body,
        /** @type {import('../../inbox/page/api.js').Canvas} */ (/** @type {unknown} */ (shown)),
        () => {},
      );
    })
    .catch(broken)
    .finally(onDrawn);
  return root;
}
