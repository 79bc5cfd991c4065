// Work that every process repeats on its own, because no event says that it is due.

type Log = { warn(fields: object, message: string): void };

/** Waits `everyMs` between passes. The returned function stops it after the current pass. */
export function repeat(
  everyMs: number,
  what: string,
  round: () => Promise<void>,
  log: Log,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let current = Promise.resolve();
  let stopped = false;

  async function go(): Promise<void> {
    await round().catch((error: unknown) => log.warn({ err: error, what }, 'a scheduled round failed'));
    if (!stopped) schedule();
  }
  function schedule(): void {
    timer = setTimeout(() => {
      current = go();
    }, everyMs);
  }

  schedule();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await current;
  };
}
