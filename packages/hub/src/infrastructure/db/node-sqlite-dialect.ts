import { type DialectAdapter, SqliteAdapter, SqliteDialect } from 'kysely';

/** Kysely's SQLite dialect, with migrations in a transaction. */
export class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/**
 * Kysely runs SQLite migrations without a transaction, because switching foreign keys off (which rebuilding a table may need) works
 * only outside of one. SQLite itself rolls tables back as well as rows, and half a schema is what no hub could start from.
 */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
