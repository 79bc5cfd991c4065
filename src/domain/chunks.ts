// Cuts a list into pieces of a size.

/** In their order. Only the last piece may have fewer; none is empty. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
