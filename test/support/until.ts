// Polls for a background effect, also in hooks such as beforeAll, which cannot use expect.poll.
import { vi } from 'vitest';
import type { ScheduleName } from '../../src/wiring/schedules.ts';
import type { TestApp } from './app.ts';

/** Polls until `condition` holds, with expect.poll's timeout. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const look = async () => {
    if (!(await condition())) throw new Error(`this does not become true: ${condition}`);
  };
  await vi.waitFor(look, { interval: 50, timeout: 60_000 });
}

/** Waits until the only process has done a round of the schedule from its beginning to its end. */
export async function wholeRound({ query }: TestApp, name: ScheduleName): Promise<void> {
  const lastBegan = async () => {
    const [round] = await query<{ at: string }>(
      'select began_at::text as at from schedule_rounds where name = $1',
      [name],
    );
    return round?.at;
  };
  // The first may be under way already. The third begins when the second is over.
  for (let begun = 0; begun < 3; begun += 1) {
    const before = await lastBegan();
    await until(async () => (await lastBegan()) !== before);
  }
}
