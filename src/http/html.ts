// An HTML template tag that escapes every value. All pages are written with it.

const markup = Symbol('markup');

/** Text that is already HTML. Only `html` and `ownHtml` create it: data of any shape cannot pass for it. */
export type Html = { readonly [markup]: string };

/** A list renders its items in order; null and false render nothing, so that parts can be left out. */
export type Content = string | number | Html | null | undefined | false | readonly Content[];

/** Escapes every value, also inside quoted attributes; nested `html` stays as it is. */
export function html(literals: TemplateStringsArray, ...values: Content[]): Html {
  return { [markup]: String.raw({ raw: literals }, ...values.map(escaped)) };
}

/** For what a library drew from our own documents, and for text of `html`; never for text from outside. */
export function ownHtml(text: string): Html {
  return { [markup]: text };
}

export function textOf(written: Html): string {
  return written[markup];
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number')
    return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
  return markup in value ? value[markup] : value.map(escaped).join('');
}
