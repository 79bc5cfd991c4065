// Every screen of the app in the Messenger, in each language, drawn from its fixtures and judged like an answer on the wire.
import { type CanvasVerdict, checkCanvas } from '../inbox/canvas-check.ts';

export type MessengerGalleryScreen = CanvasVerdict & {
  name: string;
  /** Null for what teammates see. */
  language: string | null;
  canvas: unknown;
};

/** In the order of the fixtures; of one screen, its languages beside each other. */
export async function messengerGallery(): Promise<MessengerGalleryScreen[]> {
  // Only when asked for: the rest of the sandbox stands in for Intercom and needs nothing of the app.
  const [{ configureScreens, messengerScreens }, { drawConfigure, drawContent }, { languages }] =
    await Promise.all([
      import('../../canvas/fixtures/messenger-screens.ts'),
      import('../../canvas/messenger/render.ts'),
      import('../../src/domain/languages/language.ts'),
    ]);
  const seen = Object.entries(messengerScreens).flatMap(([name, view]) =>
    languages.map((language) => {
      const answer = drawContent(view(language));
      return { name, language, canvas: answer, ...checkCanvas(answer, 'messenger', 'content') };
    }),
  );
  const configured = Object.entries(configureScreens).map(([name, view]) => {
    const answer = { canvas: drawConfigure(view, {}) };
    return { name, language: null, canvas: answer.canvas, ...checkCanvas(answer, 'configure', 'configure') };
  });
  return [...seen, ...configured];
}
