// Every rule of the strict canvas checker: what passes, and one broken canvas for each thing that must not.
import { describe, expect, it } from 'vitest';
import { checkCanvas } from '../../sandbox/inbox/canvas-check.ts';

const answer = (...components: unknown[]) => ({ canvas: { content: { components } } });
const check = (...components: unknown[]) => checkCanvas(answer(...components), 'inbox');
const options = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ type: 'option', id: `o${at}`, text: `Option ${at}` }));
const first = 'canvas.content.components[0]';

const everything = [
  { type: 'text', id: 't', text: 'Hello **you**', align: 'center', style: 'header', bottom_margin: 'none' },
  { type: 'data-table', items: [{ type: 'field-value', field: 'Status', value: '' }] },
  {
    type: 'image',
    id: 'i',
    url: 'https://static.example.com/a.png',
    width: 20,
    height: 10,
    align: 'full_width',
    rounded: true,
    bottom_margin: 'none',
    action: { type: 'url', url: 'https://example.com' },
  },
  { type: 'divider', id: 'd', bottom_margin: 'none' },
  { type: 'spacer', id: 's', size: 'xl' },
  { type: 'button', id: 'b', label: 'Go', style: 'link', disabled: true, action: { type: 'submit' } },
  {
    type: 'list',
    disabled: false,
    items: [
      {
        type: 'item',
        id: 'l1',
        title: 'One',
        subtitle: 'Sub',
        tertiary_text: 'More',
        image: 'https://static.example.com/a.png',
        image_width: 16,
        image_height: 16,
        rounded_image: true,
        disabled: true,
        action: { type: 'url', url: 'http://localhost:3000/x' },
      },
    ],
  },
  {
    type: 'input',
    id: 'in',
    label: 'Name',
    placeholder: 'Here',
    value: 'v',
    save_state: 'failed',
    disabled: false,
    action: { type: 'submit' },
  },
  { type: 'textarea', id: 'ta', label: 'Note', placeholder: 'p', value: 'v', error: true, disabled: false },
  {
    type: 'single-select',
    id: 'ss',
    label: 'Pick',
    value: 'o1',
    options: options(2),
    action: { type: 'submit' },
    save_state: 'saved',
  },
  { type: 'dropdown', id: 'dd', label: 'Pick', value: 'o9', options: options(10), save_state: 'unsaved' },
  { type: 'checkbox', id: 'cb', label: '', value: ['o0'], options: options(1), disabled: true },
];

describe('a valid canvas', () => {
  it('may use every component with all its properties', () => {
    expect(check(...everything)).toEqual({ problems: [], warnings: [] });
  });

  it('may carry stored data, an event and options for a Messenger card when it answers a submit', () => {
    const full = {
      canvas: { content: { components: [everything[0]] }, stored_data: { v: 1 } },
      event: { type: 'completed' },
      card_creation_options: { code: 'SAM' },
    };
    expect(checkCanvas(full, 'inbox', 'submit').problems).toEqual([]);
    expect(checkCanvas(full, 'inbox', 'initialize').problems).toEqual([
      'answer: unknown property event, card_creation_options',
    ]);
  });

  it('may be live or open a sheet in the Messenger only', () => {
    const live = { canvas: { content_url: 'https://app.example.com/live' } };
    const sheet = answer({
      type: 'button',
      id: 'b',
      label: 'Open',
      style: 'secondary',
      action: { type: 'sheet', url: 'https://app.example.com/sheet' },
    });
    expect(checkCanvas(live, 'messenger').problems).toEqual([]);
    expect(checkCanvas(sheet, 'messenger').problems).toEqual([]);
    expect(checkCanvas(live, 'inbox').problems).toContain('canvas: unknown property content_url');
    expect(checkCanvas(sheet, 'inbox').problems).toEqual([
      `${first}.action.type: this type does not exist here`,
    ]);
  });
});

describe('a broken answer', () => {
  it.each([
    ['nothing', null],
    ['text', 'canvas'],
    ['a list', []],
    ['no canvas', {}],
    ['null as canvas', { canvas: null }],
    ['no content', { canvas: {} }],
    ['components that are no list', { canvas: { content: { components: {} } } }],
    ['an unknown property of the canvas', { canvas: { content: { components: [] }, metadata: {} } }],
    ['an unknown property of the content', { canvas: { content: { components: [], version: 2 } } }],
    ['stored data that is no object', { canvas: { content: { components: [] }, stored_data: 'x' } }],
    ['an unknown event', { canvas: { content: { components: [] } }, event: { type: 'started' } }],
  ])('is %s', (_name, broken) => {
    expect(checkCanvas(broken, 'inbox').problems).not.toEqual([]);
  });

  it('is one with an unknown component', () => {
    expect(check({ type: 'accordion' }).problems).toEqual([`${first}.type: this type does not exist here`]);
    expect(check('text').problems).toHaveLength(1);
  });

  it('names every problem with its path', () => {
    expect(check({ type: 'text', text: 1, align: 'middle', id: 't', color: 'red' }).problems).toEqual([
      `${first}.text: Invalid input: expected string, received number`,
      `${first}.align: Invalid option: expected one of "left"|"center"|"right"`,
      `${first}: unknown property color`,
    ]);
  });
});

describe('each component', () => {
  it.each(everything.map((component) => [component.type, component] as const))(
    '%s refuses a property that Intercom does not document',
    (_type, component) => {
      expect(check({ ...component, input_type: 'text' }).problems).toEqual([
        `${first}: unknown property input_type`,
      ]);
    },
  );

  const required: Record<string, string[]> = {
    text: ['text'],
    'data-table': ['items'],
    image: ['url', 'width', 'height'],
    button: ['id', 'label', 'action'],
    list: ['items'],
    input: ['id'],
    textarea: ['id'],
    'single-select': ['id', 'options'],
    dropdown: ['id', 'options'],
    checkbox: ['id', 'label', 'options'],
  };
  const cases = everything.flatMap((component) =>
    (required[component.type] ?? []).map((property) => [component.type, property, component] as const),
  );
  it.each(cases)('%s needs its %s', (_type, property, component) => {
    const without = Object.fromEntries(Object.entries(component).filter(([key]) => key !== property));
    expect(check(without).problems[0]).toContain(`${first}.${property}: `);
  });

  it.each([
    ['text', { style: 'bold' }],
    ['text', { bottom_margin: 'some' }],
    ['text', { text: '' }],
    ['data-table', { items: [] }],
    ['data-table', { items: [{ type: 'field-value', field: 'Count', value: 3 }] }],
    ['data-table', { items: [{ type: 'row', field: 'Count', value: '3' }] }],
    ['image', { url: 'http://static.example.com/a.png' }],
    ['image', { url: 'ftp://localhost/a.png' }],
    ['image', { url: 'a.png' }],
    ['image', { width: 1.5 }],
    ['image', { height: 0 }],
    ['image', { align: 'top' }],
    ['image', { action: { type: 'submit' } }],
    ['spacer', { size: 'xxl' }],
    ['button', { style: 'danger' }],
    ['button', { disabled: 'yes' }],
    ['button', { action: { type: 'content' } }],
    ['button', { action: { type: 'url' } }],
    ['button', { action: { type: 'url', url: 'javascript:alert(1)' } }],
    ['button', { action: { type: 'submit', url: 'https://example.com' } }],
    ['list', { items: [] }],
    ['list', { items: [{ type: 'item', id: 'x' }] }],
    ['list', { items: [{ type: 'item', id: 'x', title: 'X', image: 'https://example.com/a.png' }] }],
    ['input', { save_state: 'done' }],
    ['textarea', { error: 'yes' }],
    ['textarea', { action: { type: 'submit' } }],
    ['single-select', { options: options(1), value: 'o0' }],
    ['single-select', { options: options(11) }],
    ['single-select', { value: 'other' }],
    ['dropdown', { options: options(11), value: 'o1' }],
    ['dropdown', { value: 'other' }],
    ['dropdown', { options: [...options(10).slice(1), { type: 'option', id: 'o9', text: 'Again' }] }],
    ['dropdown', { action: { type: 'submit' } }],
    ['checkbox', { options: [] }],
    ['checkbox', { value: 'o0' }],
    ['checkbox', { value: ['other'] }],
    ['checkbox', { options: [{ type: 'option', id: 'o0' }] }],
  ])('%s refuses %j', (type, change) => {
    const valid = everything.find((component) => component.type === type);
    expect(check(valid).problems).toEqual([]);
    expect(check({ ...valid, ...change }).problems).not.toEqual([]);
  });
});

describe('a canvas as a whole', () => {
  const button = (id: string) => ({
    type: 'button',
    id,
    label: id,
    style: 'secondary',
    action: { type: 'submit' },
  });

  it('uses each id once, list items included', () => {
    const list = { type: 'list', items: [{ type: 'item', id: 'same', title: 'Same' }] };
    expect(check(button('same'), list).problems).toEqual([
      `canvas.content.components[1].items[0].id: "same" is already the id of ${first}`,
    ]);
    expect(check(button('same'), button('same')).problems).toHaveLength(1);
  });

  it('has at most 64 KB of content, counted in bytes', () => {
    const half = { type: 'text', text: 'é'.repeat(16 * 1024) };
    expect(check(half).problems).toEqual([]);
    expect(check(half, half).problems).toEqual([expect.stringMatching(/^canvas\.content: .*64 KB$/)]);
  });

  it('has at most 64 KB of stored data', () => {
    const canvas = { content: { components: [button('b')] }, stored_data: { note: 'x'.repeat(65 * 1024) } };
    expect(checkCanvas({ canvas }, 'inbox').problems).toEqual([
      expect.stringMatching(/^canvas\.stored_data: .*64 KB$/),
    ]);
  });
});

describe("Intercom's guidelines", () => {
  it('allow no primary button on the first canvas, and primary is the default style', () => {
    const unstyled = { type: 'button', id: 'b', label: 'Go', action: { type: 'submit' } };
    const warning = [`${first}: a primary button is not allowed on the first canvas`];
    expect(checkCanvas(answer(unstyled), 'inbox', 'initialize')).toEqual({ problems: [], warnings: warning });
    const primary = answer({ ...unstyled, style: 'primary' });
    expect(checkCanvas(primary, 'inbox', 'initialize').warnings).toEqual(warning);
    expect(checkCanvas(primary, 'inbox', 'submit').warnings).toEqual([]);
  });

  it.each(['Joined yesterday', '5 minutes ago', 'Due in 3 days', 'Last week'])(
    'want absolute dates, not "%s"',
    (words) => {
      expect(check({ type: 'text', text: words }).warnings).toHaveLength(1);
      const table = { type: 'data-table', items: [{ type: 'field-value', field: 'When', value: words }] };
      expect(check(table).warnings).toHaveLength(1);
      const list = { type: 'list', items: [{ type: 'item', id: 'x', title: 'Sam', subtitle: words }] };
      expect(check(list).warnings).toHaveLength(1);
    },
  );

  it('accept absolute dates', () => {
    expect(check({ type: 'text', text: 'Jan 8, 2026 at 1:05PM' }).warnings).toEqual([]);
  });

  it('leave no card empty', () => {
    expect(check().warnings).toEqual(['canvas.content.components: the card is empty']);
  });
});
