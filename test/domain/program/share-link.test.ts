// Share links: which texts can be a code, and how the code is added to the campaign's address.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldCode, landingUrl } from '../../../src/domain/program/share-link.ts';

test.each([
  ['https://example.com', 'https://example.com/?ref=abc'],
  ['https://example.com/a?b=1', 'https://example.com/a?b=1&ref=abc'],
  ['https://example.com/a?', 'https://example.com/a?ref=abc'],
  ['https://example.com/a#plans', 'https://example.com/a?ref=abc#plans'],
  ['https://example.com/a?b=1#plans', 'https://example.com/a?b=1&ref=abc#plans'],
  ['https://example.com/?ref=old&b=1', 'https://example.com/?ref=abc&b=1'],
  ['https://example.com/?a=x%20y&b=x+y', 'https://example.com/?a=x%20y&b=x+y&ref=abc'],
  ['https://exämple.com/ü?ö=1', 'https://xn--exmple-cua.com/%C3%BC?%C3%B6=1&ref=abc'],
])('%s leads to %s', (destination, expected) => {
  expect(landingUrl(destination, 'abc')).toBe(expected);
});

test('whatever the address, it gets the code once and keeps its page and its fragment', () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (destination) => {
      const before = new URL(destination);
      const after = new URL(landingUrl(destination, 'abc'));
      expect(after.searchParams.getAll('ref')).toEqual(['abc']);
      expect([after.origin, after.pathname, after.hash]).toEqual([
        before.origin,
        before.pathname,
        before.hash,
      ]);
    }),
  );
});

test('a code is read whatever its capitals, and what can be none is told apart', () => {
  expect(foldCode(' K7M2PXR4TQ ')).toBe('k7m2pxr4tq');
  for (const text of ['', ' ', 'a b', 'a\0b', '<b>', 'ä', 'x'.repeat(65)]) expect(foldCode(text)).toBeNull();
});
