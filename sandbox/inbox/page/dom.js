// @ts-check
// Making elements without markup strings, so that nothing a contact or an app says can become markup.

/** @typedef {string | Node | null | undefined | false} Child */

/**
 * An element with attributes; a function becomes a listener (`onclick`), true an empty attribute, and null, undefined
 * and false leave the attribute out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name.slice(2), (event) => value(event));
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/**
 * The element with this id, which the page's markup promises.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${kind.name} #${id}.`);
}

/** @param {string} name a symbol of icons.svg */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `/inbox/page/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

const tones = 8;

/**
 * A round picture with initials, in a color that stays with the id.
 * @param {string} name
 * @param {string} id
 */
export function avatar(name, id) {
  const letters = new Intl.Segmenter();
  const words = name.split(/[\s@]+/).filter(Boolean);
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => (word === undefined ? '' : (letters.segment(word).containing(0)?.segment ?? '')))
    .join('');
  const tone = [...id].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7) % tones;
  return element('span', { class: `avatar tone-${tone}`, 'aria-hidden': 'true' }, initials.toUpperCase());
}

/**
 * Messages and notes are HTML on Intercom's side; here they are read as text, one entry for each paragraph.
 * @param {string} html
 * @returns {string[]}
 */
export function paragraphs(html) {
  const parsed = new DOMParser().parseFromString(html, 'text/html').body;
  const blocks = [...parsed.querySelectorAll('p, li, h1, h2')];
  return (blocks.length > 0 ? blocks : [parsed]).map((block) => block.textContent.trim()).filter(Boolean);
}

/** Whether text in it is selected: drawing it again would take the selection away. @param {Element} root */
export function isSelected(root) {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(root, true);
}

/** Whether its reader has scrolled away from where it opens. @param {Element} root @param {'top' | 'bottom'} opensAt */
export function isBeingRead(root, opensAt) {
  const { scrollTop, scrollHeight, clientHeight } = root;
  return opensAt === 'top' ? scrollTop > 1 : scrollHeight - clientHeight - scrollTop > 1;
}
