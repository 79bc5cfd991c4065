// Characters that draw nothing: the list for databases is the one for texts.
import { expect, test } from 'vitest';
import { toldText } from '../../src/domain/assistants/told.ts';
import { spokenText } from '../../src/domain/fin/spoken-text.ts';
import { readEmail, tidy } from '../../src/domain/identity.ts';
import { edgeRanges, trimUnseen } from '../../src/domain/unseen.ts';

test('the ranges are exactly the characters that are trimmed', () => {
  const inRanges = (code: number) => edgeRanges.some(([from, to]) => from <= code && code <= to);
  const different: string[] = [];
  for (let code = 1; code <= 0x10ffff; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const isTrimmed = trimUnseen(String.fromCodePoint(code)) === '';
    if (isTrimmed !== inRanges(code)) different.push(code.toString(16));
  }
  expect(different).toEqual([]);
});

// Each of these once took minutes, and the process answered no other request meanwhile.
test.each([
  ['white space', ' '],
  ['tags of flags', '\u{E0041}'],
  ['joiners', '\u200d'],
  ['brackets', '['],
  ['beginnings of links', '[]('],
  ['beginnings of addresses', 'a-'],
])(
  'a long run of %s inside a text takes no longer than other texts',
  (_what, part) => {
    const text = `x${part.repeat(100_000)}x`;
    expect(trimUnseen(` ${text} `)).toBe(text);
    expect(tidy(text).length).toBe(text.length);
    expect(readEmail(text)).toHaveProperty('problem');
    expect(toldText(text).length).toBeLessThanOrEqual(300);
    expect(spokenText(text).length).toBeLessThanOrEqual(80);
  },
  30_000,
);
