// Every screen in every relevant variant: the sandbox's gallery draws them, and the tests check them.
import { following } from './fixtures/following.ts';
import { opening } from './fixtures/opening.ts';
import type { InboxView } from './view.ts';

/** `first`: a card can open with it, so Intercom's rules for first canvases apply (400 px, no primary button). */
export type Fixture = { name: string; first: boolean; view: InboxView };

export const fixtures: Fixture[] = [
  ...opening.map(([name, view]) => ({ name, first: true, view })),
  ...following.map(([name, view]) => ({ name, first: false, view })),
];
