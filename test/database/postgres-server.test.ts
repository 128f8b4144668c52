import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postgresPrograms } from './postgres-server.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-runner-'));
  // As /tmp is, because the server's account, which is not root's, removes its own folder from it.
  await chmod(folder, 0o1777);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A run of tests that starts a server, says where it is, and then takes long. */
const RUNNER = `
  import { setup } from ${JSON.stringify(new URL('./postgres-server.ts', import.meta.url).href)};
  await setup();
  process.stdout.write(process.env.FERRY_TEST_POSTGRES_URL);
  setInterval(() => undefined, 60_000);
`;

/** Whether anything listens there. */
async function answers(port: number): Promise<boolean> {
  const connection = createConnection(port, '127.0.0.1');
  try {
    await once(connection, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    connection.destroy();
  }
}

test.runIf(postgresPrograms() !== undefined).each(['SIGKILL', 'SIGINT'] as const)(
  'a run of tests that ends by %s leaves no PostgreSQL server and no files behind',
  async (signal) => {
    const { FERRY_TEST_POSTGRES_URL: _, ...others } = process.env;
    const runner = spawn(process.execPath, ['--input-type=module', '--eval', RUNNER], {
      env: { ...others, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(runner.stdout, 'data')) as [Buffer];
    const port = Number(new URL(url.toString()).port);
    expect(await answers(port)).toBe(true);

    runner.kill(signal);

    await expect.poll(() => readdir(folder), { timeout: 30_000 }).toEqual([]);
    expect(await answers(port)).toBe(false);
  },
);
