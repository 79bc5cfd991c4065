// @ts-check
// One card of the app in the Messenger: what it shows, and what a press on it does.
import { drawCanvas } from '../../inbox/page/card/canvas-view.js';
import { element, icon } from '../../inbox/page/dom.js';
import { api } from './api.js';

/** @typedef {import('./api.js').Drawn} Drawn */
/** @typedef {import('./api.js').Shown} Shown */
/**
 * @typedef {{
 *   viewer(): import('./api.js').Viewer,
 *   words(): { wrong: string, loading: string },
 *   openSheet(url: string, intercomData: string, submit: (values: Record<string, unknown>) => void): void,
 *   onLeave(url: string): void,
 *   onAnswer(drawn: Drawn | null, trouble: string | null, height: number): void,
 * }} Surroundings
 */

/**
 * A card that loads by itself.
 * @param {string} cardId
 * @param {Surroundings} around
 * @returns {HTMLElement}
 */
export function liveCard(cardId, around) {
  const body = element('div', { class: 'card-body', 'data-testid': 'card-body', 'aria-live': 'polite' });
  const root = element(
    'section',
    {
      class: 'app-card',
      'data-testid': 'messenger-card',
      'data-card': cardId,
      'aria-label': 'Referral Desk',
      tabindex: '-1',
    },
    body,
  );
  let requests = 0;

  /** The newest request wins. @param {() => Promise<Drawn>} ask */
  async function request(ask) {
    const number = ++requests;
    root.setAttribute('aria-busy', 'true');
    /** @type {Drawn | null} */
    let drawn = null;
    let trouble = null;
    try {
      drawn = await ask();
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
    }
    if (number !== requests) return;
    root.removeAttribute('aria-busy');
    body.inert = false;
    draw(drawn?.shown ?? null);
    around.onAnswer(drawn, trouble, body.offsetHeight);
  }

  /** @param {Shown | null} shown */
  function draw(shown) {
    if (!shown?.content) {
      body.replaceChildren(
        element('div', { class: 'ck-broken', role: 'alert' }, icon('alert'), around.words().wrong),
      );
      return;
    }
    const canvas = /** @type {import('../../inbox/page/api.js').Canvas} */ (/** @type {unknown} */ (shown));
    drawCanvas(
      body,
      canvas,
      (component_id, input_values, pressed) => {
        // The pressed button will be gone: the keyboard goes on from the card.
        root.focus({ preventScroll: true });
        body.inert = true;
        pressed.classList.add('ck-pressed');
        const press = { ...around.viewer(), card_id: cardId, shown, component_id, input_values };
        void request(() => api.press(press));
      },
      {
        onSheet: (url, component_id, input_values) =>
          void openSheet(shown, url, { component_id, input_values }),
        onLeave: around.onLeave,
      },
    );
  }

  /** @param {Shown} shown @param {string} url @param {import('./api.js').Press} press */
  async function openSheet(shown, url, press) {
    const who = { ...around.viewer(), card_id: cardId, shown };
    const { intercom_data } = await api.sheet({ ...who, ...press });
    around.openSheet(url, intercom_data, (values) => {
      body.inert = true;
      void request(() => api.submitSheet({ ...who, values }));
    });
  }

  body.replaceChildren(
    element('div', { class: 'ck-loading', role: 'status', 'aria-label': around.words().loading }),
  );
  void request(() => api.view({ ...around.viewer(), card_id: cardId }));
  return root;
}
