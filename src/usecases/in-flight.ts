// Work under way in this process by id: a second press waits for the first, and shutdown for all.

export type InFlight<T> = {
  start(id: string, work: () => Promise<T>): Promise<T>;
  find(id: string): Promise<T> | undefined;
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
