// @ts-check
// The gallery page: every screen of the card beside its JSON, its height and what the checker says of it.
import { drawCanvas } from './card/canvas-view.js';
import { byId, element } from './dom.js';

/** @typedef {import('../gallery.ts').GalleryScreen & { canvas: import('./api.js').Canvas }} Screen */

const firstCanvasHeight = 400;

/** @param {Screen} screen @returns {HTMLElement} */
function place(screen) {
  const body = element('div', { class: 'card-body', 'data-testid': 'card-body' });
  const card = element('div', { class: 'app-card', 'data-testid': 'card' }, body);
  const facts = element('p', { class: 'facts' });
  const article = element(
    'article',
    { 'data-screen': screen.name },
    element('h2', {}, screen.name),
    facts,
    element(
      'div',
      { class: 'side-by-side' },
      card,
      element('pre', { tabindex: '0' }, JSON.stringify(screen.canvas, null, 2)),
    ),
  );
  byId('screens', HTMLElement).append(article);
  if (screen.problems.length === 0) drawCanvas(body, screen.canvas, () => {});
  const tall = screen.first && body.offsetHeight > firstCanvasHeight;
  const remarks = [
    ...screen.problems,
    ...screen.warnings,
    ...(tall ? [`taller than ${firstCanvasHeight} px, the guideline for a first canvas`] : []),
  ];
  facts.append(`${body.offsetHeight} px${screen.first ? ' · first canvas' : ''}`);
  article.dataset.height = String(body.offsetHeight);
  article.dataset.remarks = String(remarks.length);
  if (remarks.length > 0)
    facts.after(element('ul', { class: 'remarks' }, ...remarks.map((text) => element('li', {}, text))));
  return article;
}

async function start() {
  const response = await fetch('/inbox/api/gallery');
  /** @type {{ screens: Screen[] }} */
  const { screens } = await response.json();
  const summary = byId('gallery-summary', HTMLElement);
  const flagged = screens.map(place).filter((article) => article.dataset.remarks !== '0');
  summary.textContent = `${screens.length} screens, ${flagged.length} with remarks`;
}

void start();
