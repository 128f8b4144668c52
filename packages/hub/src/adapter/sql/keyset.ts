import { FerryError } from '@ferryline/engine';
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Page, PageRequest, Sort } from '../../domain/common/page.ts';

/** Which listing a cursor was made for, and where the page ended: the value it is sorted by, and the id that breaks ties. */
const cursorSchema = z.tuple([z.string(), z.enum(['asc', 'desc']), z.union([z.string(), z.int()]), z.int()]);
type Cursor = z.infer<typeof cursorSchema>;

/** Those of the columns below that hold text; all others hold whole numbers. */
const textColumns: ReadonlySet<string> = new Set(['email', 'filename', 'name']);

/** The columns (none of them null) that a listing can be sorted by. */
export type SortColumns<SortKey extends string> = Readonly<Record<SortKey | 'id', string>>;

const newestFirst: Sort<'id'> = { by: 'id', direction: 'desc' };

/**
 * Narrows a query to the page asked for, and one row more, which says whether there is another page. Pages go on after the last row
 * shown and not at an offset, so that rows that come and go meanwhile neither repeat nor hide others.
 *
 * @throws FerryError VALIDATION for a cursor that is none, or of a listing sorted otherwise.
 */
export function pageQuery<DB, Table extends keyof DB, Row, SortKey extends string>(
  query: SelectQueryBuilder<DB, Table, Row>,
  columns: SortColumns<SortKey>,
  { limit, cursor, sort }: PageRequest<SortKey>,
): SelectQueryBuilder<DB, Table, Row> {
  const { by, direction }: Sort<SortKey | 'id'> = sort ?? newestFirst;
  const value = sql.ref(columns[by]);
  const id = sql.ref(columns.id);
  let page = query.orderBy(value, direction).limit(limit + 1);
  if (by !== 'id') page = page.orderBy(id, direction);
  if (cursor === undefined) return page;
  return page.where(beyond(by === 'id' ? undefined : value, id, decodeCursor(cursor, by, direction, columns[by])));
}

/** A page out of `rows`, which `pageQuery` asked for. */
export function pageOf<Row extends object, Item, SortKey extends string>(
  rows: readonly Row[],
  columns: SortColumns<SortKey>,
  { limit, sort }: PageRequest<SortKey>,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  if (rows.length <= limit || last === undefined) return { items };
  const { by, direction }: Sort<SortKey | 'id'> = sort ?? newestFirst;
  const keys = [columns[by], columns.id].map((column): unknown => Reflect.get(last, column));
  return { items, nextCursor: encodeCursor([by, direction, ...keys]) };
}

function beyond(value: RawBuilder<unknown> | undefined, id: RawBuilder<unknown>, cursor: Cursor): RawBuilder<boolean> {
  const [, direction, lastValue, lastId] = cursor;
  const comparison = direction === 'asc' ? sql`>` : sql`<`;
  if (value === undefined) return sql`${id} ${comparison} ${lastId}`;
  return sql`(${value}, ${id}) ${comparison} (${lastValue}, ${lastId})`;
}

/** Encoded, so that nobody builds one by hand. */
function encodeCursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decodeCursor(text: string, by: string, direction: 'asc' | 'desc', column: string): Cursor {
  const cursor = cursorSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString())).data;
  if (cursor?.[0] === by && cursor[1] === direction && fitsColumn(cursor[2], column)) return cursor;
  throw new FerryError(
    'VALIDATION',
    'The cursor is not one that this hub gave out for this listing, sorted like this. Start from the first page.',
  );
}

/** What no such column can hold, PostgreSQL refuses even to compare: it would be an error of the hub's. */
function fitsColumn(value: string | number, column: string): boolean {
  if (!textColumns.has(column)) return typeof value === 'number';
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
