/** Rows in one statement: 500 rows of 33 columns stay below SQLite's 32,766 parameters (PostgreSQL takes 65,535). */
export const BATCH_ROWS = 500;

/** The rows in slices of `BATCH_ROWS`. */
export function* batches<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += BATCH_ROWS) yield rows.slice(from, from + BATCH_ROWS);
}
