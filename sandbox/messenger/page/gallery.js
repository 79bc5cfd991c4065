// @ts-check
// The Messenger's gallery: every screen in light and dark, its height and what the checker says of it.
import { drawCanvas } from '../../inbox/page/card/canvas-view.js';
import { byId, element } from '../../inbox/page/dom.js';
import { halfMessenger } from './notes.js';

/** @typedef {import('../messenger-gallery.ts').MessengerGalleryScreen & { canvas: import('../../inbox/page/api.js').Canvas }} Screen */

/** @param {Screen} screen @param {'light' | 'dark'} theme */
function card({ canvas, problems, language }, theme) {
  const body = element('div', { class: 'card-body', 'data-testid': 'card-body' });
  const root = element('div', { class: 'app-card', 'data-testid': 'card', lang: language ?? 'en' }, body);
  if (problems.length === 0) drawCanvas(body, canvas, () => {});
  return element(
    'div',
    { class: language === null ? 'frame' : 'frame messenger', 'data-theme': theme },
    root,
  );
}

/** @param {Screen} screen */
function place(screen) {
  const { name, language, problems, warnings } = screen;
  const facts = element('p', { class: 'facts' });
  const [light, dark] = [card(screen, 'light'), card(screen, 'dark')];
  const article = element(
    'article',
    { 'data-screen': name, 'data-language': language },
    element('h2', {}, name),
    facts,
    element('div', { class: 'pair' }, light, dark),
    element(
      'details',
      {},
      element('summary', {}, 'JSON'),
      element('pre', { tabindex: '0' }, JSON.stringify(screen.canvas, null, 2)),
    ),
  );
  byId('screens', HTMLElement).append(article);
  const height = light.querySelector('.card-body')?.clientHeight ?? 0;
  const remarks = [...problems, ...warnings];
  // A teammate configures in a dialog, which may be as tall as it likes.
  if (language !== null && height > halfMessenger) {
    remarks.push(`${height} px tall; half of the Messenger is ${halfMessenger} px`);
  }
  facts.textContent = `${language ?? 'for teammates'} · ${height} px`;
  article.dataset.height = String(height);
  article.dataset.remarks = remarks.join('; ');
  if (remarks.length > 0)
    facts.after(element('ul', { class: 'remarks' }, ...remarks.map((line) => element('li', {}, line))));
  return article;
}

async function start() {
  const response = await fetch('/messenger/api/gallery');
  /** @type {{ screens: Screen[] }} */
  const { screens } = await response.json();
  const chosen = byId('language', HTMLSelectElement);
  const languages = [...new Set(screens.map(({ language }) => language ?? ''))].filter(Boolean);
  chosen.replaceChildren(
    ...['all', ...languages].map((value) => element('option', { value }, value === 'all' ? 'All' : value)),
  );
  chosen.value = new URLSearchParams(location.search).get('language') ?? 'en';
  const show = () => {
    byId('screens', HTMLElement).replaceChildren();
    const { value } = chosen;
    const shown = screens.filter(
      ({ language }) => language === null || value === 'all' || language === value,
    );
    const flagged = shown.map(place).filter((article) => article.dataset.remarks !== '');
    byId('gallery-summary', HTMLElement).textContent =
      `${shown.length} screens, ${flagged.length} with remarks`;
  };
  chosen.addEventListener('change', () => {
    history.replaceState(null, '', `?language=${chosen.value}`);
    show();
  });
  show();
}

void start();
