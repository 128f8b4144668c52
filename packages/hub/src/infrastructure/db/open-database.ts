import { join } from 'node:path';
import type { FerryError } from '@ferryline/engine';
import type { HubConfig } from '../config/hub-config.ts';
import type { HubDatabase } from './hub-database.ts';
import { openPostgres } from './open-postgres.ts';
import { openSqlite } from './open-sqlite.ts';
import type { SilenceListener } from './postgres-heartbeat.ts';

/** The embedded database within the data directory. */
export const SQLITE_FILE = 'ferryline.db';

/**
 * Opens the database that the configuration names: a PostgreSQL server, or the file in the data directory.
 *
 * @param onLost hears when the hub can no longer use it, or may not: a server let another hub have it, or the thread of the file died
 * @param silence hears that a server does not answer at this moment; nobody does when left out
 * @throws FerryError INTERNAL that says why it cannot be used, CONFLICT when another hub uses it.
 */
export async function openDatabase<Schema>(
  { dataDir, postgres }: Pick<HubConfig, 'dataDir' | 'postgres'>,
  onLost: (error: FerryError) => void,
  silence?: SilenceListener,
): Promise<HubDatabase<Schema>> {
  if (postgres !== undefined) return openPostgres(postgres, onLost, silence);
  const db = await openSqlite<Schema>(join(dataDir, SQLITE_FILE), onLost);
  return { db, kind: 'sqlite', close: () => db.destroy() };
}
