// Lists in an order that their reader chose: a page of one, and the place behind it.

/** The last entry's value in the order, as a number in text, and its id. */
export type Place = { value: string; id: string };
export type SortedRequest = { limit: number; after: Place | null; descending: boolean };
export type SortedPage<Item> = { items: Item[]; next: Place | null };
