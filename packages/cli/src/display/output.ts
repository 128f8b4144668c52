import type { Io } from '../io.ts';
import { displayJson } from './display-name.ts';
import { displayTable } from './table.ts';

export interface Column<Item> {
  readonly title: string;
  readonly cell: (item: Item) => string | number | undefined;
}

export function printLine(io: Io, line: string): void {
  io.stdout.write(`${line}\n`);
}

export function printJson(io: Io, value: unknown): void {
  printLine(io, displayJson(value));
}

/** A listing: the items as a JSON array for programs, a table for people. */
export function printListing<Item>(
  io: Io,
  items: readonly Item[],
  columns: readonly Column<Item>[],
  options: { readonly json?: boolean; readonly empty: string },
): void {
  if (options.json) printJson(io, items);
  else printLine(io, items.length === 0 ? options.empty : tableOf(items, columns));
}

function tableOf<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string {
  const rows = items.map((item) => columns.map((column) => column.cell(item) ?? '-'));
  return displayTable(
    columns.map((column) => column.title),
    rows,
  );
}

/** A moment as it came over REST, to the second. */
export function displayTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}
