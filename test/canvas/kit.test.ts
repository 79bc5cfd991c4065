// The constructors: every component comes out as the reference has it, and every limit is kept.
import { expect, test } from 'vitest';
import type { Component, Option } from '../../canvas/components.ts';
import {
  button,
  canvas,
  checkbox,
  dataTable,
  divider,
  dropdown,
  image,
  input,
  item,
  list,
  liveCanvas,
  openSheet,
  openUrl,
  option,
  singleSelect,
  sizeLimit,
  spacer,
  submit,
  text,
  textarea,
} from '../../canvas/kit.ts';
import { problemsOf } from './checker.ts';

const options = (amount: number): Option[] =>
  Array.from({ length: amount }, (_, index) => option(`o${index}`, `Option ${index}`));

const all: Component[] = [
  text('Hello', { id: 't', align: 'center', style: 'header', bottom_margin: 'none' }),
  dataTable([['Status', 'Pending']]),
  image({
    url: 'https://static.example.com/a.png',
    width: 48,
    height: 48,
    id: 'i',
    align: 'full_width',
    rounded: true,
    action: openUrl('https://example.com'),
  }),
  divider({ id: 'd', bottom_margin: 'none' }),
  spacer({ size: 'xl' }),
  button({ id: 'b', label: 'Go', style: 'secondary', action: submit, disabled: true }),
  list([
    item({
      id: 'l1',
      title: 'One',
      subtitle: 'first',
      tertiary_text: 'of two',
      image: 'http://127.0.0.1:4000/a.png',
      image_width: 24,
      image_height: 24,
      rounded_image: true,
      action: submit,
    }),
    item({ id: 'l2', title: 'Two', disabled: true }),
  ]),
  input({
    id: 'in',
    label: 'Name',
    placeholder: 'Dana',
    value: '',
    save_state: 'failed',
    action: submit,
    disabled: false,
  }),
  textarea({ id: 'ta', label: 'Note', placeholder: 'Why', value: 'x', error: true, disabled: false }),
  singleSelect({ id: 'ss', label: 'One', value: 'o1', options: options(10), action: submit }),
  dropdown({ id: 'dd', label: 'Two', value: 'o0', options: options(2), save_state: 'saved' }),
  checkbox({ id: 'cb', label: '', value: ['o0', 'o2'], options: options(3) }),
];

test('every component of the reference can be built', () => {
  expect(problemsOf({ canvas: canvas(all, { v: 1 }) })).toEqual([]);
  expect(new Set(all.map((one) => one.type)).size).toBe(12);
});

test('the Messenger has sheets and live canvases besides', () => {
  const sheet = button({
    id: 's',
    label: 'Open',
    style: 'primary',
    action: openSheet('https://example.com/sheet'),
  });
  expect(canvas([sheet]).content.components).toEqual([
    {
      type: 'button',
      id: 's',
      label: 'Open',
      style: 'primary',
      action: { type: 'sheet', url: 'https://example.com/sheet' },
    },
  ]);
  expect(liveCanvas('https://example.com/live', { v: 1 })).toEqual({
    content_url: 'https://example.com/live',
    stored_data: { v: 1 },
  });
  expect(() => liveCanvas('ftp://example.com/live')).toThrow('content_url "ftp://example.com/live"');
});

const refused: [what: string, build: () => unknown, message: string][] = [
  ['an empty text', () => text(''), 'text: text is empty'],
  ['an empty table', () => dataTable([]), 'data-table: items is empty'],
  ['a field without a value', () => dataTable([['Status', '']]), 'data-table "Status": value is empty'],
  ['an empty list', () => list([]), 'list: items is empty'],
  ['an item without a title', () => item({ id: 'a', title: '' }), 'list item "a": title is empty'],
  [
    'a button without a label',
    () => button({ id: 'a', label: '', style: 'link', action: submit }),
    'button "a": label is empty',
  ],
  ['an input without an id', () => input({ id: '' }), 'input: id is empty'],
  [
    'one option to select from',
    () => singleSelect({ id: 'a', options: options(1) }),
    'single-select "a": 1 options',
  ],
  [
    'eleven options in a dropdown',
    () => dropdown({ id: 'a', options: options(11) }),
    'dropdown "a": 11 options',
  ],
  [
    'a checkbox without options',
    () => checkbox({ id: 'a', label: '', options: [] }),
    'checkbox "a": 0 options',
  ],
  [
    'a value that is no option',
    () => dropdown({ id: 'a', value: 'x', options: options(2) }),
    'dropdown "a": no option has the id "x"',
  ],
  [
    'a ticked box that does not exist',
    () => checkbox({ id: 'a', label: '', value: ['o0', 'x'], options: options(2) }),
    'checkbox "a": no option has the id "x"',
  ],
  [
    'two options with one id',
    () => dropdown({ id: 'a', options: [...options(2), ...options(1)] }),
    'dropdown "a": two options have the same id',
  ],
  [
    'a link over plain http',
    () => openUrl('http://example.com'),
    'url action: "http://example.com" is not an https',
  ],
  ['a script as a link', () => openUrl('javascript:alert(1)'), 'url action'],
  ['a host that only starts like loopback', () => openUrl('http://localhost.example.com'), 'url action'],
  ['a sheet that is no url', () => openSheet('sheet'), 'sheet action'],
  [
    'a picture over plain http',
    () => image({ url: 'http://example.com/a', width: 1, height: 1 }),
    'image http://',
  ],
  ['half a pixel', () => image({ url: 'https://example.com/a', width: 1.5, height: 1 }), 'not 1.5 by 1'],
  [
    'an item whose picture has no height',
    () => item({ id: 'a', title: 'A', image: 'https://example.com/a', image_width: 1, image_height: 0 }),
    'list item "a": width and height',
  ],
  ['a canvas of nothing', () => canvas([]), 'canvas: has no components'],
  [
    'an id used twice',
    () => canvas([divider({ id: 'a' }), spacer({ id: 'a' })]),
    'spacer "a": the id is used twice',
  ],
  [
    'a list item with the id of an input',
    () => canvas([input({ id: 'a' }), list([item({ id: 'a', title: 'A' })])]),
    'list item "a": the id is used twice',
  ],
];

test.each(refused)('%s is refused by name', (_what, build, message) => {
  expect(build).toThrow(TypeError);
  expect(build).toThrow(message);
});

test('content and stored_data may be 64 KB each and not a byte more, counted in UTF-8', () => {
  const frame = JSON.stringify({ components: [text('x')] }).length - 1;
  // Three bytes in UTF-8, one unit in JavaScript: counting units would let thrice as much through.
  const euros = (bytes: number) => '€'.repeat(Math.floor(bytes / 3)) + 'x'.repeat(bytes % 3);
  expect(() => canvas([text(euros(sizeLimit - frame))])).not.toThrow();
  expect(() => canvas([spacer(), text(euros(sizeLimit))])).toThrow(
    /^content: \d+ bytes.* components\[1\], a text$/,
  );
  expect(() => canvas([text(euros(sizeLimit - frame + 1))])).toThrow(RangeError);

  const data = { v: euros(sizeLimit - '{"v":""}'.length) };
  expect(canvas([text('x')], data).stored_data).toBe(data);
  expect(() => canvas([text('x')], { v: `${data.v}x` })).toThrow(/^stored_data: 65537 bytes of 65536$/);
  expect(() => liveCanvas('https://example.com', { v: `${data.v}x` })).toThrow(RangeError);
});
