// Any text at all, for property tests: half of it ASCII, where the signs with a meaning are.
import fc from 'fast-check';

// fast-check's own unit 'binary' takes a second to set up, and leaves unpaired surrogates out.
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0x10ffff }));

/** Unpaired surrogates included. */
export const anyString = fc.string({ unit: codePoint.map((one) => String.fromCodePoint(one)) });
