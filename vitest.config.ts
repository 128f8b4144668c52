import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { postgresPrograms } from './test/database/postgres-server.ts';

const hasPostgres = postgresPrograms() !== undefined || process.env.FERRY_TEST_POSTGRES_URL !== undefined;
if (!hasPostgres) {
  process.stderr.write(
    '\n!! No PostgreSQL here: what is tested against it is SKIPPED. Install it (Debian: postgresql), or set FERRY_TEST_POSTGRES_URL.\n',
  );
}

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: ['test/compiled-once.ts', 'test/database/postgres-server.ts', 'test/database/migrated-databases.ts'],
  setupFiles: ['test/buffers-by-content.ts'],
  // Node reads the sources itself, as it does for people, and not through a module runner that makes every call to another file slower.
  experimental: { viteModuleRunner: false, nodeLoader: false },
  // The files of a worker share its modules: to read those anew takes longer than the tests of most files.
  isolate: false,
};

export default defineConfig({
  test: {
    // The machine that must pass this has two cores; end-to-end tests wait for processes of their own, and these for each other.
    maxWorkers: 3,
    projects: [
      { test: { ...shared, name: 'all', include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'] } },
      // Whatever asks for a temporary database gets one on the other server: the same tests, the same promises.
      ...(hasPostgres
        ? [
            {
              test: {
                ...shared,
                name: 'postgres',
                include: onBothDatabases(),
                env: { FERRY_TEST_DATABASE: 'postgres' },
              },
            },
          ]
        : []),
    ],
  },
});

/** Tests of the folders that the database is for, as far as they ask for one. */
function onBothDatabases(): string[] {
  return ['adapter/sql', 'application', 'adapter/http']
    .flatMap((folder) => globSync(`packages/hub/src/${folder}/**/*.test.ts`, { cwd: import.meta.dirname }))
    .filter((file) => /(temporary|migrated)Database/.test(readFileSync(join(import.meta.dirname, file), 'utf8')));
}
