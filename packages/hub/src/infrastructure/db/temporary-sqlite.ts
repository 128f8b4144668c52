import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openSqlite } from './open-sqlite.ts';

export interface TemporarySqlite<Schema> {
  readonly db: Kysely<Schema>;
  readonly directory: string;
  /** Closes the database and removes its directory. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real database in a directory of its own, for tests. */
export async function temporarySqlite<Schema>(): Promise<TemporarySqlite<Schema>> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-db-'));
  const db = openSqlite<Schema>(join(directory, 'hub.db'));
  return {
    db,
    directory,
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await rm(directory, { recursive: true });
    },
  };
}
