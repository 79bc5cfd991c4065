// Every screen in every relevant variant: the sandbox's gallery draws them, and the tests check them.
import { following } from './fixtures/following.ts';
import { opening } from './fixtures/opening.ts';

/** `first`: a card can open with it, so Intercom's rules for first canvases apply (400 px, no primary button). */
export const fixtures = [
  ...Object.entries(opening).map(([name, view]) => ({ name, first: true, view })),
  ...Object.entries(following).map(([name, view]) => ({ name, first: false, view })),
];
