import { makePostgresDatabase } from '../../packages/hub/src/infrastructure/db/temporary-database.ts';

/** The kinds of database that tests of whole hubs can have here: PostgreSQL only where there is a server. */
export const databaseKinds: readonly ('sqlite' | 'postgres')[] =
  process.env.FERRY_TEST_POSTGRES_URL === undefined ? ['sqlite'] : ['sqlite', 'postgres'];

/**
 * Makes an empty PostgreSQL database for one hub (`database.url`); disposing of it removes it, whoever is still connected. A hub
 * without a URL makes its embedded database itself, in its data directory.
 */
export async function temporaryDatabaseUrl(): Promise<{ readonly url: string } & AsyncDisposable> {
  const { url, remove } = await makePostgresDatabase();
  return { url, [Symbol.asyncDispose]: remove };
}
