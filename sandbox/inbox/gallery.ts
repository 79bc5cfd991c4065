// Every screen of the app's card, drawn from its fixtures and judged like an answer on the wire.
import { type CanvasVerdict, checkCanvas } from './canvas-check.ts';

export type GalleryScreen = CanvasVerdict & {
  name: string;
  /** True for a screen with which a card can open: Intercom's height and button rules hold for these. */
  first: boolean;
  canvas: unknown;
};

/** All screens in the order of the fixtures. */
export async function galleryScreens(): Promise<GalleryScreen[]> {
  // Only when asked for: the rest of the sandbox stands in for Intercom and needs nothing of the app.
  const [{ fixtures }, { render }] = await Promise.all([
    import('../../canvas/fixtures.ts'),
    import('../../canvas/render.ts'),
  ]);
  return fixtures.map(({ name, first, view }) => {
    const answer = render(view);
    const verdict = checkCanvas(answer, 'inbox', first ? 'initialize' : 'submit');
    return { name, first, canvas: answer.canvas, ...verdict };
  });
}
