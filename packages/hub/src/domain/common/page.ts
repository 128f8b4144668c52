/** A slice of a listing, newest first. `nextCursor` is absent on the last page; a cursor is opaque to its holder. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** How much of a listing is wanted: at most `limit` items, after those that `cursor` closed. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 1000;
