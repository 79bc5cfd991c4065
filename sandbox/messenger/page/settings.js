// @ts-check
// The settings page: the app on Home, in Workflows and in messages, each put there and configured as in Intercom.
import { byId, element } from '../../inbox/page/dom.js';
import { createDrawer } from '../../inbox/page/panels/drawer.js';
import { api } from './api.js';
import { putApp } from './configure.js';

/** @typedef {import('./api.js').AppCard} AppCard */
/** @typedef {AppCard['place']} Place */

const teammate = byId('teammate', HTMLSelectElement);
const drawer = createDrawer();

async function show() {
  const { cards } = await api.settings();
  for (const section of document.querySelectorAll('section[data-place]')) {
    const place = section.getAttribute('data-place');
    const placed = cards.filter((card) => card.place === place);
    section
      .querySelector('ul')
      ?.replaceChildren(
        ...(placed.length > 0
          ? placed.map(line)
          : [element('li', { class: 'empty' }, 'The app is not added yet.')]),
      );
  }
  await drawer.refresh();
}

/** @param {AppCard} card */
function line(card) {
  const { content_url, stored_data } = card.canvas;
  const options = Object.entries(card.options ?? {}).map(([key, value]) => `${key}: ${String(value)}`);
  return element(
    'li',
    { 'data-card': card.id },
    element(
      'div',
      { class: 'placed' },
      element('strong', { dir: 'auto' }, card.text || 'Referral Desk'),
      element('span', { dir: 'auto' }, options.length > 0 ? options.join(' · ') : 'Not configured'),
      element(
        'span',
        { title: JSON.stringify({ content_url, stored_data }) },
        content_url === undefined ? 'Stored: everyone sees the same' : 'Live: loaded at every view',
      ),
    ),
    element(
      'button',
      { type: 'button', class: 'small-button', onclick: () => void put(card.place, card.text, card.id) },
      'Configure',
    ),
    element(
      'button',
      {
        type: 'button',
        class: 'small-button quiet',
        async onclick() {
          await api.remove(card.id);
          await show();
        },
      },
      'Remove',
    ),
  );
}

/** @param {Place} place @param {string} text @param {string} [card_id] of an existing card */
async function put(place, text, card_id) {
  await putApp(
    { place, admin_id: teammate.value, locale: 'en', ...(card_id !== undefined && { card_id }) },
    { text },
  );
  await show();
}

async function start() {
  const { admins, workspace } = await api.settings();
  byId('workspace', HTMLElement).textContent = workspace;
  teammate.replaceChildren(...admins.map(({ id, name }) => element('option', { value: id }, name)));
  for (const section of document.querySelectorAll('section[data-place]')) {
    const place = /** @type {Place} */ (section.getAttribute('data-place'));
    section.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = section.querySelector('textarea')?.value.trim() ?? '';
      void put(place, text);
    });
  }
  await show();
}

void start();
