// What must not be in a canvas that Intercom stores: it is shown to everyone who sees the card.
import type { World } from '../world.ts';

/** A warning for each person of the workspace with their email, name or own id in the canvas. */
export function personalWarnings(world: World, canvas: unknown): string[] {
  const text = JSON.stringify(canvas) ?? '';
  const said = new Set<string>();
  for (const { email, name, external_id, id } of world.contacts.all()) {
    for (const value of [email, name, external_id, id]) {
      // A short name is a word that may stand for anything.
      if (value === null || value.length < 6 || !text.includes(JSON.stringify(value).slice(1, -1))) continue;
      said.add(`canvas: "${value}" is one person's, and Intercom shows what is stored to everyone`);
    }
  }
  return [...said];
}
