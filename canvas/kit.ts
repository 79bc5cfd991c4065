// Constructors for Canvas Kit components and canvases. They throw, because Intercom draws nothing if one is invalid.
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

type Props<C> = C extends unknown ? Omit<C, 'type'> : never;

export const submit: SubmitAction = { type: 'submit' };

export function openUrl(url: string): UrlAction {
  return { type: 'url', url: webUrl('url action', url) };
}

export function openSheet(url: string): SheetAction {
  return { type: 'sheet', url: webUrl('sheet action', url) };
}

/** Only links and bold are supported Markdown. Line breaks are not drawn; use a second component. */
export function text(words: string, props: Omit<Props<Text>, 'text'> = {}): Text {
  return { type: 'text', text: filled('text', 'text', words), ...props };
}

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

export function image(props: Props<Image>): Image {
  const name = `image ${props.url}`;
  webUrl(name, props.url);
  pixels(name, props.width, props.height);
  return { type: 'image', ...props };
}

export function divider(props: Props<Divider> = {}): Divider {
  return { type: 'divider', ...props };
}

export function spacer(props: Props<Spacer> = {}): Spacer {
  return { type: 'spacer', ...props };
}

export function button<A extends MessengerAction>(props: Props<Button<A>>): Button<A> {
  filled('button', 'id', props.id);
  filled(`button "${props.id}"`, 'label', props.label);
  return { type: 'button', ...props };
}

export function item<A extends MessengerAction>(props: Props<Item<A>>): Item<A> {
  const name = `list item "${props.id}"`;
  filled('list item', 'id', props.id);
  filled(name, 'title', props.title);
  if (props.image !== undefined) {
    webUrl(name, props.image);
    pixels(name, props.image_width, props.image_height);
  }
  return { type: 'item', ...props };
}

export function list<A extends MessengerAction>(
  items: readonly Item<A>[],
  props: Omit<Props<List<A>>, 'items'> = {},
): List<A> {
  return { type: 'list', items: filled('list', 'items', items), ...props };
}

export function input<A extends MessengerAction = InboxAction>(props: Props<Input<A>>): Input<A> {
  filled('input', 'id', props.id);
  return { type: 'input', ...props };
}

/** Has no action of its own: any submit button sends its value. */
export function textarea(props: Props<Textarea>): Textarea {
  filled('textarea', 'id', props.id);
  return { type: 'textarea', ...props };
}

export function option(id: string, words: string, props: Pick<Option, 'disabled'> = {}): Option {
  filled('option', 'id', id);
  return { type: 'option', id, text: filled(`option "${id}"`, 'text', words), ...props };
}

/** 2 to 10 options. With an action, choosing an option submits. */
export function singleSelect<A extends MessengerAction = InboxAction>(
  props: Props<SingleSelect<A>>,
): SingleSelect<A> {
  choices('single-select', props.id, props.options, 2, 10, props.value);
  return { type: 'single-select', ...props };
}

export function dropdown(props: Props<Dropdown>): Dropdown {
  choices('dropdown', props.id, props.options, 2, 10, props.value);
  return { type: 'dropdown', ...props };
}

export function checkbox(props: Props<Checkbox>): Checkbox {
  choices('checkbox', props.id, props.options, 1, Number.POSITIVE_INFINITY, ...(props.value ?? []));
  return { type: 'checkbox', ...props };
}

/** https, or http on loopback, where the sandbox runs. One rejected address would cost the whole card. */
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
  min: number,
  max: number,
  ...chosen: readonly (string | undefined)[]
): void {
  const name = `${type} "${filled(type, 'id', id)}"`;
  if (options.length < min || options.length > max) {
    const limits = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
    throw new TypeError(`${name}: ${options.length} options, allowed are ${limits}`);
  }
  const ids = new Set(options.map((option) => option.id));
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
    if (component.type === 'list') for (const listItem of component.items) note('list item', listItem.id);
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
  return sized.reduce((biggest, entry) => (entry.length > biggest.length ? entry : biggest)).name;
}
