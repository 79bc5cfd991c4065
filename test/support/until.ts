// Polls for a background effect, also in hooks such as beforeAll, which cannot use expect.poll.
import { vi } from 'vitest';

/** Polls until `condition` holds, with expect.poll's timeout. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    if (!(await condition())) throw new Error(`this does not become true: ${condition}`);
  };
  await vi.waitFor(look, { interval: 50, timeout: 60_000 });
}
