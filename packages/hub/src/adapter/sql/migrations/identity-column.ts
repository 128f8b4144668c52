import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, PostgresAdapter } from 'kysely';

/** Adds the `id` column: integers that grow and are never given out twice, also after rows were removed. */
export function withIdentity<Table extends string>(
  db: Kysely<unknown>,
  table: CreateTableBuilder<Table>,
): CreateTableBuilder<Table, 'id'> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    return table.addColumn('id', 'bigint', (column: ColumnDefinitionBuilder) =>
      column.primaryKey().generatedByDefaultAsIdentity(),
    );
  }
  return table.addColumn('id', 'integer', (column: ColumnDefinitionBuilder) => column.primaryKey().autoIncrement());
}
