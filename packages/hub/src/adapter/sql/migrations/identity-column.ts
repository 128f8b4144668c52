import type { ColumnDefinitionBuilder, CreateTableBuilder } from 'kysely';

/** Adds the `id` column: integers that grow and are never given out twice, also after rows were removed. */
export function withIdentity<Table extends string>(table: CreateTableBuilder<Table>): CreateTableBuilder<Table, 'id'> {
  return table.addColumn('id', 'integer', (column: ColumnDefinitionBuilder) => column.primaryKey().autoIncrement());
}
