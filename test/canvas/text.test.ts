// Words from outside on their way to the card.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asTyped, link, safe } from '../../canvas/text.ts';
import { anyString } from './any-string.ts';

const graphemes = (words: string) => [...new Intl.Segmenter('en').segment(words)].length;
const markdown = fc
  .array(
    fc.oneof(
      anyString,
      fc.constantFrom('[', ']', '(', ')', '**', '*', '_', '__', '~~', '`', '\\', '](https://evil.example)'),
    ),
  )
  .map((pieces) => pieces.join(''));

test.each([
  'Dana Whitlock',
  'ليلى بنت عبد الرحمن',
  'שרה לוי',
  'می‌خواهم',
  'क्‍ष',
  '葛󠄀城',
  'Zoë 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 👍🏽 ❤️‍🔥',
  'first_last@example.com',
  'Smith (Northwind)',
  '<b>{{name}}</b> %s &amp;',
])('%s stays as it is', (name) => {
  expect(safe(name)).toBe(name);
});

test.each([
  ['[click](https://evil.example)', '［click］(https://evil.example)'],
  ['**bold** _it_ ~~no~~ `x` \\', '＊＊bold＊＊ ＿it＿ ～～no～～ ｀x｀ ＼'],
  ['two\r\nlines\tand\u2028more', 'two lines and more'],
  ['null\u0000byte', 'null byte'],
  ['gpj\u202Eexe \u2066isolated\u2069', 'gpjexe isolated'],
  ['zero\u200Bwidth\uFEFF jo\u200Diner', 'zerowidth joiner'],
  ['half \uD83D', 'half \uFFFD'],
])('%j becomes %j', (given, shown) => {
  expect(safe(given)).toBe(shown);
});

test.each([null, '', '   ', '\n', '\u200B', '\u200E\u200F', '\uFE0F', '\u3164', '\u2800', '\u202E'])(
  '%j shows nothing, so the fallback does',
  (name) => {
    expect(safe(name)).toBe('No name');
    expect(safe(name, 80, 'no email')).toBe('no email');
  },
);

test('a long text is cut between graphemes, with an ellipsis', () => {
  expect(safe('x'.repeat(10_000), 10)).toBe(`${'x'.repeat(9)}…`);
  const families = safe('👨‍👩‍👧‍👦'.repeat(500), 30);
  expect(families).toMatch(/^(👨‍👩‍👧‍👦)+…$/u);
  expect(safe('x'.repeat(10), 10)).toBe('x'.repeat(10));
  expect(safe(`e${'\u0301'.repeat(10_000)}`).length).toBeLessThan(400);
});

test('no text, whatever it is, leaves a sign of Markdown, a control or half a character', () => {
  fc.assert(
    fc.property(fc.oneof(anyString, markdown), fc.integer({ min: 1, max: 100 }), (words, most) => {
      const shown = safe(words, most, 'none');
      expect(shown).not.toMatch(/[[\]*~`\\\p{Cc}\u2028\u2029\u200B\uFEFF\u202A-\u202E\u2066-\u2069]/u);
      expect(shown).not.toMatch(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown.trim()).not.toBe('');
      if (shown !== 'none') expect(graphemes(shown)).toBeLessThanOrEqual(most);
    }),
  );
});

test('an underscore that a cut leaves at the end of a word is not a sign of Markdown', () => {
  expect(safe('snake_case', 7)).toBe('snake＿…');
  expect(safe('snake_case', 8)).toBe('snake_c…');
});

test('a link is one whole Markdown link, or else only its label', () => {
  expect(link('Sam [x]', 'https://example.com/(a)*?q=[1]')).toBe(
    '[Sam ［x］](https://example.com/%28a%29%2a?q=[1])',
  );
  expect(link('Sam', null)).toBe('Sam');
  for (const url of ['javascript:alert(1)', 'http://example.com', 'not a url', '//example.com']) {
    expect(link('Sam', url), url).toBe('Sam');
  }
  fc.assert(
    fc.property(fc.oneof(anyString, markdown), fc.oneof(anyString, markdown), (label, tail) => {
      expect(link(label, `https://example.com/${tail}`)).toMatch(
        /^\[[^[\]]+\]\(https:\/\/example\.com\/[^\s()*]*\)$/u,
      );
    }),
  );
});

test('what was typed into a field comes back unchanged, up to a length', () => {
  expect(asTyped(' a_b*[c]\u200D ')).toBe(' a_b*[c]\u200D ');
  expect(asTyped('x'.repeat(10_000))).toHaveLength(255);
  expect(asTyped(`${'x'.repeat(254)}😀`)).toBe('x'.repeat(254));
  expect(asTyped('half \uD83D')).toBe('half \uFFFD');
});
