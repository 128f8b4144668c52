import { execFile, spawn } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the programs of a PostgreSQL server are; undefined on a machine without one. */
export function postgresPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/**
 * Runs the server that the arguments name until standard input ends, which it does however the tests end, `kill -9` included; then
 * stops it and removes its folder.
 */
const GUARD = `
  folder=$1; shift
  exec 3<&0
  "$@" 3<&- &
  server=$!
  { cat <&3; kill -QUIT "$server"; } >/dev/null 2>&1 &
  wait "$server"; code=$?
  rm -rf "$folder"
  exit $code
`;
/** Room for the pools of all workers. */
const settings = ['max_connections=200'];
/** Nothing of a test has to outlive its run. */
const hasty = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** What the server takes of the disk at most, with a database for every test that runs; a container may have 64 MiB in memory. */
const ROOM_BYTES = 1024 ** 3;

/** Starts the server for the tests of one run: one that does not wait for its disk. */
export function setup(): Promise<() => Promise<void>> {
  return startPostgres([...settings, ...hasty], fastFolder());
}

/** Starts one that is as durable as those that people run: for measuring. */
export function startDurablePostgres(): Promise<() => Promise<void>> {
  return startPostgres(settings, tmpdir());
}

/**
 * Starts a PostgreSQL server in a temporary directory below `parent` and on a free port, and tells of it in FERRY_TEST_POSTGRES_URL; a
 * server that is named there already is used as it is. Returns what stops and removes it.
 */
async function startPostgres(options: readonly string[], parent: string): Promise<() => Promise<void>> {
  const programs = postgresPrograms();
  if (process.env.FERRY_TEST_POSTGRES_URL !== undefined || programs === undefined) return async () => undefined;
  const folder = mkdtempSync(join(parent, 'ferry-postgres-'));
  const account = serverAccount();
  if (account !== undefined) await run('chown', [account.name, folder]);
  else chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const asAccount = { ...(account && { uid: account.uid, gid: account.gid }), cwd: folder };
  // Texts in the order of their bytes, as in SQLite: the machine's own language may not even be installed on it.
  const initdb = ['--username', 'ferry', '--auth', 'trust', '--encoding', 'UTF8', '--no-locale', '--no-sync'];
  await run(join(programs, 'initdb'), ['--pgdata', data, ...initdb], asAccount);
  const port = await freePort();
  const where = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const command = [join(programs, 'postgres'), ...where, ...options.flatMap((each) => ['-c', each])];
  // Apart from the terminal's group, where Ctrl-C would reach the guard before it has tidied up.
  const guard = spawn('sh', ['-c', GUARD, 'guard', folder, ...command], {
    ...asAccount,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await ready(guard);
  process.env.FERRY_TEST_POSTGRES_URL = `postgres://ferry@127.0.0.1:${port}/postgres`;
  return async () => {
    const ended = new Promise((resolve) => guard.once('exit', resolve));
    guard.stdin.end();
    await ended;
    // The server's account may not be allowed to remove its folder itself.
    rmSync(folder, { recursive: true, force: true });
  };
}

/**
 * In memory, where there is room and nobody named another folder: a database is some 300 files, and making them takes longer than most
 * tests.
 */
function fastFolder(): string {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK);
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize >= ROOM_BYTES) return memory;
  } catch {
    // There is none, or it is not ours to use.
  }
  return tmpdir();
}

/** The server refuses to run as root: then it runs as an account that has nothing to lose. */
function serverAccount(): { readonly name: string; readonly uid: number; readonly gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  return { name: 'nobody', uid: 65_534, gid: 65_534 };
}

async function ready(server: ReturnType<typeof spawn>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.includes('ready to accept connections')) resolve();
  });
  server.once('exit', (code) => reject(new Error(`The PostgreSQL server for tests ended with ${code}: ${said}`)));
  await promise;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
