// @ts-check
// The drawer at the bottom: the last requests to the app and its answers, as they traveled.
import { api } from '../api.js';
import { byId, element, isBeingRead, isSelected } from '../dom.js';

/** @typedef {import('../api.js').Exchange} Exchange */

export function createDrawer() {
  const toggle = byId('drawer-toggle', HTMLButtonElement);
  const body = byId('drawer-body', HTMLElement);
  const list = byId('exchanges', HTMLElement);
  const detail = byId('exchange', HTMLElement);
  /** @type {Exchange[]} */
  let exchanges = [];
  /** @type {number | null} */
  let chosen = null;

  toggle.addEventListener('click', () => {
    body.hidden = !body.hidden;
    toggle.setAttribute('aria-expanded', String(!body.hidden));
    draw();
  });

  function draw() {
    const [newest] = exchanges;
    byId('drawer-summary', HTMLElement).textContent = newest === undefined ? '' : outcome(newest);
    if (body.hidden) return;
    const shown = exchanges.find((exchange) => exchange.id === chosen) ?? newest;
    list.replaceChildren(
      ...exchanges.map((exchange) => element('li', {}, line(exchange, exchange === shown))),
    );
    detail.replaceChildren(...(shown === undefined ? ['No requests yet.'] : detailsOf(shown)));
  }

  /** @param {Exchange} exchange @param {boolean} isShown */
  function line(exchange, isShown) {
    return element(
      'button',
      {
        type: 'button',
        class: exchange.ok ? '' : 'failed',
        'aria-current': isShown ? 'true' : undefined,
        onclick() {
          chosen = exchange.id;
          draw();
        },
      },
      element('span', {}, exchange.component_id ?? exchange.kind),
      element('span', {}, outcome(exchange)),
    );
  }

  return {
    /** Reads what has been said since. */
    async refresh() {
      exchanges = await api.exchanges();
      // What is being read stays until another one is chosen.
      if (isSelected(body) || isBeingRead(detail, 'top')) return;
      draw();
    },
  };
}

/** @param {Exchange} exchange */
const outcome = ({ kind, status, ms }) => `${kind} ${status ?? 'no answer'} · ${ms} ms`;

/** @param {Exchange} exchange */
function detailsOf(exchange) {
  const { url, at, signature, problems, warnings, request, response } = exchange;
  const remarks = [...problems, ...warnings];
  return [
    element(
      'dl',
      { class: 'exchange-facts' },
      ...fact('POST', url),
      ...fact('Sent', at),
      ...(signature === null ? [] : fact('X-Body-Signature', signature)),
      ...fact('Answer', outcome(exchange)),
    ),
    remarks.length > 0 &&
      element('ul', { class: 'remarks' }, ...remarks.map((text) => element('li', {}, text))),
    element('div', { class: 'bodies' }, json('Request', request), json('Answer', response)),
  ].filter((part) => part !== false);
}

/** @param {string} name @param {string} value */
const fact = (name, value) => [element('dt', {}, name), element('dd', {}, value)];

/** @param {string} title @param {string} text */
function json(title, text) {
  const pre = element('pre', { tabindex: '0', 'aria-label': `${title} as JSON` }, pretty(text));
  return element('section', {}, element('h3', {}, title), pre);
}

/** @param {string} text */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
