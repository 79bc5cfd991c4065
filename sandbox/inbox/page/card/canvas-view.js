// @ts-check
// Draws a canvas the way the Inbox does. It trusts the shape: the sandbox has checked the canvas before.

import { element, icon } from '../dom.js';
import { drawInput } from './canvas-inputs.js';

/** @typedef {import('../api.js').Canvas} Canvas */
/** @typedef {import('../../canvas-schemas.ts').Component} Component */
/** @typedef {{ type: 'submit' } | { type: 'url', url: string } | { type: 'sheet', url: string }} Action */
/** @typedef {(componentId: string, inputValues: Record<string, unknown>, pressed: HTMLElement) => void} OnSubmit */
/** @typedef {(url: string, componentId: string, inputValues: Record<string, unknown>) => void} OnSheet */
/**
 * What a component needs of its card: to say its value when asked, and to act.
 * @typedef {{
 *   values: Map<string, () => unknown>,
 *   act(action: Action, componentId: string, pressed: HTMLElement): void,
 * }} Form
 */

/**
 * Replaces what `root` shows by the canvas. `onSubmit` gets the pressed component's id and the value of every input,
 * `onSheet` the sheet's address as well; `onLeave` is told of the address that opens in a new tab.
 * @param {HTMLElement} root
 * @param {Canvas} canvas
 * @param {OnSubmit} onSubmit
 * @param {{ onSheet?: OnSheet, onLeave?: (url: string) => void }} [more] for the Messenger
 */
export function drawCanvas(root, canvas, onSubmit, { onSheet, onLeave } = {}) {
  /** @type {Form} */
  const form = {
    values: new Map(),
    act(action, componentId, pressed) {
      const values = Object.fromEntries([...form.values].map(([id, read]) => [id, read()]));
      if (action.type === 'submit') return onSubmit(componentId, values, pressed);
      if (action.type === 'sheet') return onSheet?.(action.url, componentId, values);
      window.open(action.url, '_blank', 'noopener,noreferrer');
      onLeave?.(action.url);
    },
  };
  root.replaceChildren(...canvas.content.components.map((component) => drawComponent(component, form)));
}

/**
 * @param {Component} component
 * @param {Form} form
 * @returns {HTMLElement}
 */
function drawComponent(component, form) {
  switch (component.type) {
    case 'text':
      return drawText(component);
    case 'data-table':
      return drawDataTable(component);
    case 'image':
      return drawImage(component);
    case 'divider':
      return element('hr', { class: withMargin('ck-divider', component.bottom_margin) });
    case 'spacer':
      return element('div', { class: `ck-spacer ck-${component.size ?? 's'}`, 'data-component': 'spacer' });
    case 'button':
      return drawButton(component, form);
    case 'list':
      return drawList(component, form);
    default:
      return drawInput(component, form);
  }
}

/** @param {string} name @param {'none' | undefined} bottomMargin */
const withMargin = (name, bottomMargin) => (bottomMargin === 'none' ? `${name} ck-flush` : name);

/** @param {Extract<Component, { type: 'text' }>} component */
function drawText({ text, style = 'paragraph', align = 'left', bottom_margin }) {
  return element(
    style === 'header' ? 'h4' : 'p',
    {
      class: withMargin(`ck-text ck-${style} ck-${align}`, bottom_margin),
      role: style === 'error' ? 'alert' : undefined,
      dir: 'auto',
    },
    ...inlineMarkdown(text),
  );
}

/**
 * Links and bold are all the Markdown there is.
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
function inlineMarkdown(text) {
  const pieces = text.split(/(\*\*[^*]+\*\*|\[[^\]]+\]\(https?:\/\/[^\s)]+\))/);
  return pieces.filter(Boolean).map((piece) => {
    const link = /^\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)$/.exec(piece);
    if (link?.[1] !== undefined) return outsideLink(link[2] ?? '', ...inlineMarkdown(link[1]));
    const bold = /^\*\*([^*]+)\*\*$/.exec(piece);
    return bold?.[1] === undefined ? piece : element('strong', {}, bold[1]);
  });
}

/** @param {string} href @param {...import('../dom.js').Child} children */
function outsideLink(href, ...children) {
  return element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
}

/** @param {Extract<Component, { type: 'data-table' }>} component */
function drawDataTable({ items }) {
  const rows = items.map(({ field, value }) =>
    element(
      'div',
      {},
      element('dt', { title: field, dir: 'auto' }, field),
      element('dd', { title: value, dir: 'auto' }, value),
    ),
  );
  return element('dl', { class: 'ck-table' }, ...rows);
}

/** @param {Extract<Component, { type: 'image' }>} component */
function drawImage({ url, width, height, align = 'left', rounded, bottom_margin, action }) {
  const image = picture(url, width, height, rounded);
  return element(
    'div',
    { class: withMargin(`ck-image ck-${align}`, bottom_margin) },
    action === undefined ? image : outsideLink(action.url, image),
  );
}

/**
 * The page loads nothing from other hosts, so a picture from elsewhere is a box of its size that names the host.
 * @param {string} url
 * @param {number} width
 * @param {number} height
 * @param {boolean} [rounded]
 */
function picture(url, width, height, rounded) {
  const { host, hostname } = new URL(url);
  const isNear = host === location.host || hostname === 'localhost' || hostname === '127.0.0.1';
  const frame = isNear
    ? element('img', { src: url, alt: '', width, height })
    : element('span', { class: 'ck-far-image', role: 'img', 'aria-label': `Image from ${host}`, title: url });
  frame.classList.toggle('ck-rounded', rounded === true);
  frame.style.setProperty('--width', `${width}px`);
  frame.style.aspectRatio = `${width} / ${height}`;
  return frame;
}

/** @param {Extract<Component, { type: 'button' }>} component @param {Form} form */
function drawButton({ id, label, style = 'primary', disabled, action }, form) {
  const button = element(
    'button',
    {
      type: 'button',
      class: `ck-button ck-${style}`,
      'data-component-id': id,
      'data-url': action.type === 'submit' ? undefined : action.url,
      disabled,
      onclick: () => form.act(action, id, button),
    },
    element('span', { dir: 'auto' }, label),
    action.type === 'url' && icon('open'),
  );
  return button;
}

/** @param {Extract<Component, { type: 'list' }>} component @param {Form} form */
function drawList({ items, disabled }, form) {
  return element('ul', { class: 'ck-list' }, ...items.map((item) => element('li', {}, drawItem(item))));

  /** @param {(typeof items)[number]} item */
  function drawItem(item) {
    const { action } = item;
    const second = [item.subtitle, item.tertiary_text].filter(Boolean).join(' • ');
    const content = [
      item.image !== undefined &&
        picture(item.image, item.image_width ?? 32, item.image_height ?? 32, item.rounded_image),
      element(
        'span',
        { class: 'ck-item-text' },
        element('span', { class: 'ck-item-title', dir: 'auto' }, item.title),
        second !== '' && element('span', { class: 'ck-item-second', dir: 'auto' }, second),
      ),
      action !== undefined && icon(action.type === 'url' ? 'open' : 'next'),
    ];
    const off = disabled === true || item.disabled === true;
    if (action === undefined) {
      return element('div', { class: 'ck-item', 'aria-disabled': off ? 'true' : undefined }, ...content);
    }
    const button = element(
      'button',
      {
        type: 'button',
        class: 'ck-item',
        'data-component-id': item.id,
        disabled: off,
        onclick: () => form.act(action, item.id, button),
      },
      ...content,
    );
    return button;
  }
}
