// HTML that escapes whatever is put into it: the one way in which pages are written here.

const markup = Symbol('markup');

/** Text that is HTML already. Only `html` makes it: data, whatever its shape, cannot pass for it. */
export type Html = { readonly [markup]: string };

/** A list is its items one after the other; null and false are nothing, so that parts can be left out. */
export type Content = string | number | Html | null | undefined | false | readonly Content[];

/** Escapes every value, also between the quotes of an attribute; other `html` stays as it is. */
export function html(literals: TemplateStringsArray, ...values: Content[]): Html {
  return { [markup]: String.raw({ raw: literals }, ...values.map(escaped)) };
}

/** What is sent to the browser. */
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
