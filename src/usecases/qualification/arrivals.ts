// Tells the rounds of this process that deliveries were stored, so that they need not wait for their next look.

export type Arrivals = {
  /** After the commit. */
  announce(): void;
  /** Resolves at the next announcement, at once after one that was missed, or after the given time. */
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
