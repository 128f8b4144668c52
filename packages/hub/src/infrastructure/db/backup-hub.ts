import { join } from 'node:path';
import { FerryError } from '@ferryline/engine';
import type { HubConfig } from '../config/hub-config.ts';
import { backupSqlite } from './backup-sqlite.ts';
import { SQLITE_FILE } from './open-database.ts';

/**
 * Copies what a hub knows into one file, also while the hub runs.
 *
 * @throws FerryError VALIDATION for a hub on PostgreSQL, which has tools for that; what `backupSqlite` throws.
 */
export async function backupHub({ dataDir, postgres }: HubConfig, target: string): Promise<void> {
  if (postgres !== undefined) {
    throw new FerryError('VALIDATION', 'This hub keeps everything in PostgreSQL. Back that up with pg_dump.');
  }
  await backupSqlite(join(dataDir, SQLITE_FILE), target);
}
