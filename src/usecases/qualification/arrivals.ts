// Announces stored deliveries to the rounds of this process, so that they start immediately.

export type Arrivals = {
  /** Call it after the commit. */
  announce(): void;
  /** Resolves at the next announcement, or after the given time. Resolves immediately if an announcement was missed. */
  next(withinMs: number): Promise<void>;
};

export function createArrivals(): Arrivals {
  let missed = false;
  let wake: (() => void) | null = null;
  return {
    announce() {
      missed = wake === null;
      wake?.();
    },
    async next(withinMs) {
      if (!missed) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, withinMs);
        wake = resolve;
        await promise;
        clearTimeout(timer);
        wake = null;
      }
      missed = false;
    },
  };
}
