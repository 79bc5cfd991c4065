// Characters that draw nothing: the list for databases is the one for texts.
import { expect, test } from 'vitest';
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
