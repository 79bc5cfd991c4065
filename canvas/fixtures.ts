// Every screen in every relevant variant: the sandbox's gallery draws them, and the tests check them.

import { firstScreens } from './fixtures/first-screens.ts';
import { laterScreens } from './fixtures/later-screens.ts';

/** `first`: a card can open with it, so Intercom's rules for first canvases apply (400 px, no primary button). */
export const fixtures = [
  ...Object.entries(firstScreens).map(([name, view]) => ({ name, first: true, view })),
  ...Object.entries(laterScreens).map(([name, view]) => ({ name, first: false, view })),
];
