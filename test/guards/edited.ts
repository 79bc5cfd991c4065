// A guard's edits on the text of its file. An edit that no longer fits is an error: the list must follow the code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guard } from './guards.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export function edited({ file, edits }: Guard, folder = root): string {
  let text = readFileSync(join(folder, file), 'utf8');
  for (const [from, to] of edits) {
    const times = text.split(from).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} times: ${from}`);
    // As a function, because a text would have its own meaning for `$`.
    text = text.replace(from, () => to);
  }
  return text;
}
