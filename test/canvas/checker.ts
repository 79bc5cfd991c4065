// Judges a canvas by Intercom's reference pages alone, knowing nothing of canvas/kit.ts, which must not check itself.
// https://developers.intercom.com/docs/references/canvas-kit

type Json = { readonly [key: string]: unknown };
type Rule = (value: unknown) => boolean;

const words: Rule = (value) => typeof value === 'string';
const someWords: Rule = (value) => typeof value === 'string' && value.length > 0;
const yesOrNo: Rule = (value) => typeof value === 'boolean';
const pixels: Rule = (value) => typeof value === 'number' && Number.isInteger(value) && value > 0;
const among =
  (...allowed: string[]): Rule =>
  (value) =>
    typeof value === 'string' && allowed.includes(value);
const webUrl: Rule = (value) =>
  typeof value === 'string' &&
  URL.canParse(value) &&
  /^https:|^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(value);
const inboxAction: Rule = (value) =>
  fitsRules(value, { type: among('submit') }, {}) ||
  fitsRules(value, { type: among('url'), url: webUrl }, {});
const urlAction: Rule = (value) => fitsRules(value, { type: among('url'), url: webUrl }, {});
const all =
  (rule: Rule, least: number, most = Number.POSITIVE_INFINITY): Rule =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.length <= most && value.every(rule);

const margin = { bottom_margin: among('none') };
const saveState = { save_state: among('unsaved', 'saved', 'failed') };
const disabled = { disabled: yesOrNo };
const option: Rule = (value) =>
  fitsRules(value, { type: among('option'), id: someWords, text: someWords }, disabled);
const fieldValue: Rule = (value) =>
  fitsRules(value, { type: among('field-value'), field: someWords, value: words }, {});
const item: Rule = (value) =>
  fitsRules(
    value,
    { type: among('item'), id: someWords, title: someWords },
    {
      subtitle: words,
      tertiary_text: words,
      image: webUrl,
      image_width: pixels,
      image_height: pixels,
      rounded_image: yesOrNo,
      action: inboxAction,
      ...disabled,
    },
  );

type Rules = { readonly [property: string]: Rule };
const components: { readonly [type: string]: readonly [required: Rules, optional: Rules] } = {
  text: [
    { text: someWords },
    {
      id: someWords,
      align: among('left', 'center', 'right'),
      style: among('paragraph', 'header', 'muted', 'error'),
      ...margin,
    },
  ],
  'data-table': [{ items: all(fieldValue, 1) }, {}],
  image: [
    { url: webUrl, width: pixels, height: pixels },
    {
      id: someWords,
      align: among('left', 'center', 'right', 'full_width'),
      rounded: yesOrNo,
      action: urlAction,
      ...margin,
    },
  ],
  divider: [{}, { id: someWords, ...margin }],
  spacer: [{}, { id: someWords, size: among('xs', 's', 'm', 'l', 'xl') }],
  button: [
    { id: someWords, label: someWords, action: inboxAction },
    { style: among('primary', 'secondary', 'link'), ...disabled },
  ],
  list: [{ items: all(item, 1) }, disabled],
  input: [
    { id: someWords },
    { label: words, placeholder: words, value: words, action: inboxAction, ...saveState, ...disabled },
  ],
  textarea: [
    { id: someWords },
    { label: words, placeholder: words, value: words, error: yesOrNo, ...disabled },
  ],
  'single-select': [
    { id: someWords, options: all(option, 2, 10) },
    { label: words, value: words, action: inboxAction, ...saveState, ...disabled },
  ],
  dropdown: [
    { id: someWords, options: all(option, 2, 10) },
    { label: words, value: words, ...saveState, ...disabled },
  ],
  checkbox: [
    { id: someWords, label: words, options: all(option, 1) },
    { value: all(words, 0), ...saveState, ...disabled },
  ],
};

/** What Intercom's reference forbids about the body of an answer to an Inbox request; nothing found: empty. */
export function problemsOf(body: unknown): string[] {
  // What matters is what goes over the wire.
  const answer: unknown = JSON.parse(JSON.stringify(body));
  if (!isObject(answer) || !isObject(answer.canvas) || !isObject(answer.canvas.content))
    return ['no content'];
  const { content } = answer.canvas;
  const drawn = Array.isArray(content.components) ? content.components : [];
  const ids = drawn.flatMap(idsOf);
  return [
    ...(drawn.length === 0 ? ['no components'] : []),
    ...drawn.filter((one) => !isComponent(one)).map((one) => `not of the reference: ${JSON.stringify(one)}`),
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `twice the same id: ${id}`),
    ...(bytes(content) > 65_536 ? [`content of ${bytes(content)} bytes`] : []),
    ...(bytes(answer.canvas.stored_data ?? {}) > 65_536 ? ['too much stored_data'] : []),
    ...Object.keys(answer).filter((key) => !['canvas', 'event', 'card_creation_options'].includes(key)),
  ];
}

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

function isComponent(value: unknown): boolean {
  if (!isObject(value) || typeof value.type !== 'string') return false;
  const rules = components[value.type];
  return rules !== undefined && fitsRules(value, { type: someWords, ...rules[0] }, rules[1]);
}

function fitsRules(value: unknown, required: Rules, optional: Rules): boolean {
  if (!isObject(value)) return false;
  const known = { ...required, ...optional };
  const complete = Object.keys(required).every((property) => Object.hasOwn(value, property));
  return complete && Object.entries(value).every(([property, given]) => known[property]?.(given) === true);
}

function idsOf(component: unknown): unknown[] {
  if (!isObject(component)) return [];
  const inner = component.type === 'list' && Array.isArray(component.items) ? component.items : [component];
  return inner.flatMap((one) => (isObject(one) && one.id !== undefined ? [one.id] : []));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
