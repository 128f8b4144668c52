/** A slice of a listing. `nextCursor` is absent on the last page; a cursor is opaque to its holder. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** In which order; items that are equal in it follow by id, in the same direction. */
export interface Sort<Key extends string> {
  readonly by: Key;
  readonly direction: 'asc' | 'desc';
}

/** How much of a listing is wanted: at most `limit` items, after those that `cursor` closed; newest first unless sorted otherwise. */
export interface PageRequest<SortKey extends string = 'id'> {
  readonly limit: number;
  readonly cursor?: string;
  readonly sort?: Sort<SortKey>;
}

export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 1000;
