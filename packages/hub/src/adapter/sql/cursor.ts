import { FerryError } from '@ferryline/engine';
import type { Page, PageRequest } from '../../domain/common/page.ts';

/** A cursor names the key (an id or an ordinal) of the last item of a page; encoded, so that nobody builds one by hand. */
export function encodeCursor(key: number): string {
  return Buffer.from(`k${key}`).toString('base64url');
}

/** The key that a cursor names. @throws FerryError VALIDATION for text that is no cursor. */
export function decodeCursor(cursor: string): number {
  const match = /^k(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) {
    throw new FerryError('VALIDATION', 'The cursor is not one that this hub gave out. Start from the first page.');
  }
  return Number(match[1]);
}

/** A page out of `rows`, which were read with a limit of one more than `request` asks for. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  { limit }: PageRequest,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => number,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  return rows.length > limit && last !== undefined ? { items, nextCursor: encodeCursor(keyOf(last)) } : { items };
}
