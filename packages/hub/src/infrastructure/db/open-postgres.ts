import type { FerryError } from '@ferryline/engine';
import { Kysely, PostgresDialect } from 'kysely';
import type { PostgresConfig } from '../config/hub-config.ts';
import { explainPostgres } from './explain-postgres.ts';
import type { HubDatabase } from './hub-database.ts';
import { postgresConnection } from './postgres-connection.ts';
import type { SilenceListener } from './postgres-heartbeat.ts';
import { holdPostgres } from './postgres-holder.ts';
import { postgresPool } from './postgres-pool.ts';

/**
 * Opens a PostgreSQL database for this hub alone. A commit is on stable storage when it returns, unless the server was told to keep it
 * otherwise (`synchronous_commit`, `fsync`).
 *
 * @param onLost hears when the connection that holds the database for this hub is gone: another hub may take it from now on
 * @param silence hears that the server does not answer at this moment; nobody does when left out
 * @throws FerryError INTERNAL that says why the server cannot be used, VALIDATION when the configuration is not usable, CONFLICT when
 * another hub uses the database. Never with the password.
 */
export async function openPostgres<Schema>(
  config: PostgresConfig,
  onLost: (error: FerryError) => void,
  silence: SilenceListener = { fellSilent: () => undefined, answered: () => undefined },
): Promise<HubDatabase<Schema>> {
  const connection = postgresConnection(config);
  const holder = await holdPostgres(connection, onLost, silence).catch((cause: unknown) => {
    throw explainPostgres(cause, config.url);
  });
  const pool = postgresPool(connection, config.poolSize);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    kind: 'postgres',
    close: async () => {
      await db.destroy();
      await holder.close();
    },
  };
}
