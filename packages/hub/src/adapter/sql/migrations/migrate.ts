import { FerryError } from '@ferryline/engine';
import { type Kysely, type Migration, Migrator, sql } from 'kysely';
import * as initial from './0001-initial.ts';
import * as controlPlane from './0002-control-plane.ts';
import * as relay from './0003-relay.ts';
import * as deadline from './0004-deadline.ts';

/** Every change of the schema, in order of name. What was released is never edited: a change is a new file. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-control-plane': controlPlane,
  '0003-relay': relay,
  '0004-deadline': deadline,
};

/** Where Kysely notes which migrations a database has had. */
const HISTORY_TABLE = 'kysely_migration';

/**
 * Brings the database to the schema of this program, in one transaction; does nothing when it is there already.
 *
 * @throws FerryError CONFLICT when a newer program has changed the database: this one would not understand it.
 * @throws FerryError INTERNAL when a migration fails; the database is then as it was.
 */
export async function migrateToLatest<Schema>(db: Kysely<Schema>): Promise<void> {
  await refuseNewerDatabase(db);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'unknown';
  throw new FerryError(
    'INTERNAL',
    `The database could not be brought up to date (step ${failed}): ${FerryError.from(error).message} It was left as it was.`,
    { cause: error },
  );
}

async function refuseNewerDatabase<Schema>(db: Kysely<Schema>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === HISTORY_TABLE)) return;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(HISTORY_TABLE)} order by name`.execute(db);
  const unknown = rows.map((row) => row.name).filter((name) => !(name in migrations));
  if (unknown.length === 0) return;
  throw new FerryError(
    'CONFLICT',
    `The database was changed by a newer Ferryline (${unknown.join(', ')}). Start that version, or restore a backup made before the update.`,
    { details: { unknown } },
  );
}
