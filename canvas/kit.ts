// A constructor for each Canvas Kit component and for the canvas; they check what the types cannot express.
// Intercom draws nothing when one component is invalid, so a mistake must fail here with the component's name.
import type {
  Button,
  Canvas,
  Checkbox,
  Component,
  DataTable,
  Divider,
  Dropdown,
  Image,
  InboxAction,
  Input,
  Item,
  List,
  LiveCanvas,
  MessengerAction,
  Option,
  SheetAction,
  SingleSelect,
  Spacer,
  StoredData,
  SubmitAction,
  Text,
  Textarea,
  UrlAction,
} from './components.ts';

/** Applies to content and to stored_data, in bytes of UTF-8 JSON. */
export const sizeLimit = 64 * 1024;

type Given<C> = C extends unknown ? Omit<C, 'type'> : never;

export const submit: SubmitAction = { type: 'submit' };

/** Opens a browser tab. */
export function openUrl(url: string): UrlAction {
  return { type: 'url', url: webUrl('url action', url) };
}

export function openSheet(url: string): SheetAction {
  return { type: 'sheet', url: webUrl('sheet action', url) };
}

/** Only links and bold are supported Markdown. Line breaks are not drawn; use a second component. */
export function text(words: string, given: Omit<Given<Text>, 'text'> = {}): Text {
  return { type: 'text', text: filled('text', 'text', words), ...given };
}

/** Rows of field and value, in order. */
export function dataTable(rows: readonly (readonly [field: string, value: string])[]): DataTable {
  filled('data-table', 'items', rows);
  return {
    type: 'data-table',
    items: rows.map(([field, value]) => ({
      type: 'field-value',
      field: filled('data-table', 'field', field),
      value: filled(`data-table "${field}"`, 'value', value),
    })),
  };
}

/** Width and height are whole pixels. */
export function image(given: Given<Image>): Image {
  const name = `image ${given.url}`;
  webUrl(name, given.url);
  pixels(name, given.width, given.height);
  return { type: 'image', ...given };
}

export function divider(given: Given<Divider> = {}): Divider {
  return { type: 'divider', ...given };
}

export function spacer(given: Given<Spacer> = {}): Spacer {
  return { type: 'spacer', ...given };
}

export function button<A extends MessengerAction>(given: Given<Button<A>>): Button<A> {
  filled('button', 'id', given.id);
  filled(`button "${given.id}"`, 'label', given.label);
  return { type: 'button', ...given };
}

export function item<A extends MessengerAction>(given: Given<Item<A>>): Item<A> {
  const name = `list item "${given.id}"`;
  filled('list item', 'id', given.id);
  filled(name, 'title', given.title);
  if (given.image !== undefined) {
    webUrl(name, given.image);
    pixels(name, given.image_width, given.image_height);
  }
  return { type: 'item', ...given };
}

export function list<A extends MessengerAction>(
  items: readonly Item<A>[],
  given: Omit<Given<List<A>>, 'items'> = {},
): List<A> {
  return { type: 'list', items: filled('list', 'items', items), ...given };
}

export function input<A extends MessengerAction = InboxAction>(given: Given<Input<A>>): Input<A> {
  filled('input', 'id', given.id);
  return { type: 'input', ...given };
}

/** Has no action of its own: any submit button sends its value. */
export function textarea(given: Given<Textarea>): Textarea {
  filled('textarea', 'id', given.id);
  return { type: 'textarea', ...given };
}

export function option(id: string, words: string, given: Pick<Option, 'disabled'> = {}): Option {
  filled('option', 'id', id);
  return { type: 'option', id, text: filled(`option "${id}"`, 'text', words), ...given };
}

/** 2 to 10 options. With an action, choosing an option submits. */
export function singleSelect<A extends MessengerAction = InboxAction>(
  given: Given<SingleSelect<A>>,
): SingleSelect<A> {
  choices('single-select', given.id, given.options, 2, 10, given.value);
  return { type: 'single-select', ...given };
}

/** 2 to 10 options. */
export function dropdown(given: Given<Dropdown>): Dropdown {
  choices('dropdown', given.id, given.options, 2, 10, given.value);
  return { type: 'dropdown', ...given };
}

/** One option or more, any number of which can be ticked. */
export function checkbox(given: Given<Checkbox>): Checkbox {
  choices('checkbox', given.id, given.options, 1, Number.POSITIVE_INFINITY, ...(given.value ?? []));
  return { type: 'checkbox', ...given };
}

/**
 * Whether Canvas Kit accepts this URL: https, or http on the machine's own loopback, where the sandbox runs.
 * Check external addresses first and omit the ones that fail, because one rejected address would cost the whole card.
 */
export function isWebUrl(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null) return false;
  if (parsed.protocol === 'https:') return true;
  return parsed.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(parsed.hostname);
}

/** Throws a TypeError for components that do not go together, a RangeError for too many bytes. */
export function canvas<A extends MessengerAction>(
  components: readonly Component<A>[],
  storedData?: StoredData,
): Canvas<A> {
  if (components.length === 0) throw new TypeError('canvas: has no components');
  refuseRepeatedIds(components);
  const content = { components };
  refuseOversize('content', content, () => `, most of it ${largest(components)}`);
  if (storedData === undefined) return { content };
  refuseOversize('stored_data', storedData);
  return { content, stored_data: storedData };
}

/** A canvas whose content Intercom fetches from `contentUrl`. Same errors as `canvas`. */
export function liveCanvas(contentUrl: string, storedData?: StoredData): LiveCanvas {
  if (!isWebUrl(contentUrl)) throw new TypeError(`canvas: content_url "${contentUrl}" is not an https url`);
  if (storedData === undefined) return { content_url: contentUrl };
  refuseOversize('stored_data', storedData);
  return { content_url: contentUrl, stored_data: storedData };
}

function webUrl(name: string, url: string): string {
  if (!isWebUrl(url)) throw new TypeError(`${name}: "${url}" is not an https url`);
  return url;
}

function filled<T extends { readonly length: number }>(name: string, property: string, value: T): T {
  if (value.length === 0) throw new TypeError(`${name}: ${property} is empty`);
  return value;
}

function pixels(name: string, ...sizes: number[]): void {
  if (sizes.every((size) => Number.isInteger(size) && size > 0)) return;
  throw new TypeError(`${name}: width and height are whole pixels, not ${sizes.join(' by ')}`);
}

function choices(
  type: string,
  id: string,
  options: readonly Option[],
  least: number,
  most: number,
  ...chosen: readonly (string | undefined)[]
): void {
  const name = `${type} "${filled(type, 'id', id)}"`;
  if (options.length < least || options.length > most) {
    const limits = most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`;
    throw new TypeError(`${name}: ${options.length} options, allowed are ${limits}`);
  }
  const ids = new Set(options.map((one) => one.id));
  if (ids.size < options.length) throw new TypeError(`${name}: two options have the same id`);
  const stray = chosen.find((value) => value !== undefined && !ids.has(value));
  if (stray !== undefined) throw new TypeError(`${name}: no option has the id "${stray}"`);
}

// An id comes back as component_id or as a key of input_values, so duplicates cannot be distinguished.
function refuseRepeatedIds(components: readonly Component<MessengerAction>[]): void {
  const seen = new Set<string>();
  const note = (type: string, id: string | undefined) => {
    if (id === undefined) return;
    if (seen.has(id)) throw new TypeError(`${type} "${id}": the id is used twice`);
    seen.add(id);
  };
  for (const component of components) {
    if (component.type === 'list') for (const one of component.items) note('list item', one.id);
    else if ('id' in component) note(component.type, component.id);
  }
}

function refuseOversize(name: string, value: object, hint = () => ''): void {
  const json = JSON.stringify(value);
  // A UTF-16 unit is at most three bytes, so most canvases do not need an exact count.
  if (json.length * 3 <= sizeLimit) return;
  const bytes = Buffer.byteLength(json);
  if (bytes > sizeLimit) throw new RangeError(`${name}: ${bytes} bytes of ${sizeLimit}${hint()}`);
}

function largest(components: readonly Component<MessengerAction>[]): string {
  const sized = components.map((component, at) => ({
    name: `components[${at}], a ${component.type}`,
    length: JSON.stringify(component).length,
  }));
  return sized.reduce((most, one) => (one.length > most.length ? one : most)).name;
}
