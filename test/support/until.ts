// Waiting for what the app does by itself, wherever a test needs it: hooks such as beforeAll cannot use expect.poll.
import { vi } from 'vitest';

/** Looks until `condition` holds. As patient as expect.poll is. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    if (!(await condition())) throw new Error(`this does not become true: ${condition}`);
  };
  await vi.waitFor(look, { interval: 20, timeout: 60_000 });
}
