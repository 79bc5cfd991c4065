// Renders a screen of the card as a form of the console: the same words, fields and buttons, in HTML.
import { type CanvasAnswer, render } from '../../../canvas/render.ts';
import type { InboxView } from '../../../canvas/view.ts';
import { type Html, html } from '../html.ts';

type Component = CanvasAnswer['canvas']['content']['components'][number];

export const pressedField = 'component_id';

export function canvasForm(view: InboxView, action: string, csrf: Html): Html {
  const { components } = render(view).canvas.content;
  return html`<form class="canvas" method="post" action="${action}">${csrf}
${components.map(drawn)}
</form>`;
}

function drawn(component: Component): Html | null {
  switch (component.type) {
    case 'text':
      return paragraph(component);
    case 'data-table':
      return html`<dl>${component.items.map(({ field, value }) => html`<dt>${field}</dt><dd><bdi>${value}</bdi></dd>`)}</dl>`;
    case 'divider':
      return html`<hr>`;
    case 'button':
      return component.action.type === 'url'
        ? html`<p><a href="${component.action.url}">${component.label}</a></p>`
        : html`<button name="${pressedField}" value="${component.id}" class="${buttonClass(component.style)}">${component.label}</button>`;
    case 'input':
      return html`<div class="field"><label for="f-${component.id}">${component.label}</label>
<input id="f-${component.id}" name="${component.id}" value="${component.value}" placeholder="${component.placeholder}"${component.save_state === 'failed' && html` aria-invalid="true"`}></div>`;
    case 'list':
      return html`<ul>${component.items.map(
        (item) =>
          html`<li><button name="${pressedField}" value="${item.id}">${item.title}</button> <span class="quiet">${item.subtitle}, ${item.tertiary_text}</span></li>`,
      )}</ul>`;
    case 'dropdown':
      return html`<div class="field"><label for="f-${component.id}">${component.label}</label>
<select id="f-${component.id}" name="${component.id}">${component.options.map(
        ({ id, text }) =>
          html`<option value="${id}"${id === component.value && html` selected`}>${text}</option>`,
      )}</select></div>`;
    // No screen in the console has these; a gap is better than no page.
    case 'spacer':
    case 'image':
    case 'textarea':
    case 'single-select':
    case 'checkbox':
      return null;
  }
}

const buttonClass = (style: 'primary' | 'secondary' | 'link') =>
  style === 'primary' ? 'main' : style === 'link' ? 'plain' : '';

function paragraph({ text, style }: Extract<Component, { type: 'text' }>): Html {
  const words = strong(text);
  if (style === 'header') return html`<h2>${words}</h2>`;
  if (style === 'error') return html`<p class="notice bad" role="alert">${words}</p>`;
  return html`<p class="${style === 'muted' ? 'quiet' : ''}">${words}</p>`;
}

/** The only Markdown that our screens use. */
function strong(text: string): Html {
  const parts = text.split('**');
  return html`${parts.map((part, at) => (at % 2 === 1 && at < parts.length - 1 ? html`<strong>${part}</strong>` : part))}`;
}
