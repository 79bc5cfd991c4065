// Work of this process that is under way, by its id: a second press waits for the first, and a shutdown for all.

export type InFlight<T> = {
  /** Runs the work, and forgets it when it ends. */
  start(id: string, work: () => Promise<T>): Promise<T>;
  /** The work of this id, where it is under way. */
  find(id: string): Promise<T> | undefined;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
};

export function createInFlight<T>(): InFlight<T> {
  const underWay = new Map<string, Promise<T>>();
  return {
    start(id, work) {
      const promise = work().finally(() => underWay.delete(id));
      underWay.set(id, promise);
      return promise;
    },
    find: (id) => underWay.get(id),
    async idle() {
      await Promise.allSettled(underWay.values());
    },
  };
}
