import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createExampleRun, exampleNow, exampleTransfer } from '../packages/hub/src/adapter/sql/example-run.ts';
import { migrateToLatest } from '../packages/hub/src/adapter/sql/migrations/migrate.ts';
import type { Database } from '../packages/hub/src/adapter/sql/schema.ts';
import { SqlStore } from '../packages/hub/src/adapter/sql/sql-store.ts';
import { SQLITE_FILE } from '../packages/hub/src/infrastructure/db/open-database.ts';
import { openSqlite } from '../packages/hub/src/infrastructure/db/open-sqlite.ts';
import { exampleFrame } from '../packages/hub/src/infrastructure/engine/relay/example-frame.ts';
import { RelayStore } from '../packages/hub/src/infrastructure/engine/relay/relay-store.ts';
import { canTrace } from './system/can-trace.ts';

type When = 'before' | 'after';
/** What a process said before it ended, and how that was. */
interface Life {
  readonly said: readonly string[];
  readonly wasKilled: boolean;
}

const program = join(import.meta.dirname, 'system', 'store-frames.ts');
const killer = join(import.meta.dirname, 'system', 'die-at.ts');

/** Of the moments at which the database writes, about so many: each costs half a second. */
const WRITES_SAMPLED = 7;

let folder: string;
/** A data directory in which three transfers are planned, and nothing is stored. */
let planned: string;
let dataDir: string;
let ids: readonly [number, number, number];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-relay-crash-'));
  planned = join(folder, 'planned');
  dataDir = join(folder, 'hub');
  mkdirSync(planned);
  const db = await openSqlite<Database>(join(planned, SQLITE_FILE));
  await migrateToLatest(db);
  const { transfers } = new SqlStore(db, exampleNow);
  const run = await createExampleRun(db);
  await transfers.createBatch([0, 1, 2].map((ordinal) => exampleTransfer(run, ordinal)));
  const [first, second, third] = await transfers.listUnsettled(run.id, 0, 3);
  ids = [first?.id ?? 0, second?.id ?? 0, third?.id ?? 0];
  await db.destroy();
  // A process that is killed leaves nothing compiled for the next one; the first one here lives.
  prepare();
  dieAt(0, 'before');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => prepare());

function prepare(from = planned): void {
  rmSync(dataDir, { recursive: true, force: true });
  cpSync(from, dataDir, { recursive: true });
}

describe('a hub that is killed at any call that changes the relay’s disk', () => {
  test.each<When>(['before', 'after'])(
    'has every chunk that it acknowledged, when it dies %s the call',
    async (when) => {
      let points = 0;
      for (; ; points += 1) {
        prepare();
        const life = dieAt(points + 1, when);
        if (!life.wasKilled) break;
        await checkPromises(life.said, `${when} call ${points + 1}`);
      }

      expect(points).toBeGreaterThan(20);
    },
    60_000,
  );

  test('has it when it dies again while it removes what the first death left', async () => {
    mkdirSync(join(dataDir, 'relay'));
    const first = dieAt('fsync', 'after');
    // Three files were made and synced, and nothing was claimed.
    expect([first.wasKilled, readdirSync(join(dataDir, 'relay')).length]).toEqual([true, 3]);
    const left = join(folder, 'left');
    renameSync(dataDir, left);
    let points = 0;
    // Once it stores again, it goes on as the first time.
    for (let isStoring = false; !isStoring; points += 1) {
      prepare(left);
      const second = dieAt(points + 1, 'before');
      await checkPromises([...first.said, ...second.said], `after its first death, before call ${points + 1}`);
      isStoring = second.said.length > 0;
    }

    expect(points).toBeGreaterThan(10);
  }, 60_000);
});

describe.skipIf(!canTrace())('a hub that is killed while its database writes (needs strace)', () => {
  test('has every chunk that it acknowledged', async () => {
    const total = calls();
    expect(total).toBeGreaterThan(10);
    const step = Math.ceil(total / WRITES_SAMPLED);
    for (let point = 1; point <= total; point += step) {
      prepare();
      const { said, wasKilled } = traced(`pwrite64:signal=SIGKILL:when=${point}`, `${SQLITE_FILE}-wal`);
      expect([point, wasKilled]).toEqual([point, true]);
      await checkPromises(said, `in write ${point} of the database`);
    }
  }, 60_000);
});

describe.skipIf(!canTrace())('F39: a disk that fails (needs strace)', () => {
  test.each(['fdatasync', 'fsync'])(
    'acknowledges nothing that waited for an %s, and keeps what it had',
    async (call) => {
      const [first, second] = ids;
      const file = call === 'fsync' ? 'relay' : join('relay', `${first}.1.frames`);

      const { said } = traced(`${call}:error=EIO:when=1`, file);

      const refused = call === 'fsync' ? [first, second, ids[2]] : [first];
      for (const id of refused) expect(said).toContain(`${id}.0 INTERNAL`);
      // Nothing more of that attempt either: no later sync could say that the first bytes are safe.
      expect(said).toContain(`${first}.2 INTERNAL`);
      expect(said.at(-1)).toBe('finished');
      await checkPromises(said, `after a failed ${call}`);
    },
  );

  test('that is full takes no chunk by halves, and takes chunks again when it is not full any more', async () => {
    const [first] = ids;

    const { said } = traced('pwrite64:error=ENOSPC:when=1', join('relay', `${first}.1.frames`));

    expect(said.filter((word) => word.startsWith(`${first}.`))).toEqual([
      `${first}.0 NO_SPACE`,
      `${first}.1`,
      `${first}.2`,
    ]);
    await checkPromises(said, 'after a full disk');
  });
});

function dieAt(at: number | string, when: When): Life {
  return live(process.execPath, ['--import', killer], { DIE_AT: String(at), DIE_WHEN: when });
}

/** Has system calls on a file of the data directory go wrong. */
function traced(injection: string, file: string): Life {
  const [call = ''] = injection.split(':');
  const options = ['-f', '-qq', '-o', join(folder, 'trace'), '-P', join(dataDir, file), '-e', `trace=${call}`];
  // One thread for all files: the counters are one for each thread.
  return live('strace', [...options, '-e', `inject=${injection}`, process.execPath], { UV_THREADPOOL_SIZE: '1' });
}

/** How often the database writes in a life that nobody ends. */
function calls(): number {
  const trace = join(folder, 'trace');
  const options = ['-f', '-qq', '-o', trace, '-P', join(dataDir, `${SQLITE_FILE}-wal`), '-e', 'trace=pwrite64'];
  const { said } = live('strace', [...options, process.execPath], {});
  expect(said.at(-1)).toBe('finished');
  return readFileSync(trace, 'utf8').split('pwrite64(').length - 1;
}

function live(command: string, args: readonly string[], variables: Readonly<Record<string, string>>): Life {
  const env = { ...process.env, ...variables };
  const { stdout, stderr, signal, status } = spawnSync(command, [...args, program, dataDir, ...ids.map(String)], {
    env,
    encoding: 'utf8',
  });
  const wasKilled = signal === 'SIGKILL' || status === 137;
  if (!wasKilled) expect([stdout.split('\n').at(-2), stderr]).toEqual(['finished', '']);
  return { said: stdout.split('\n').filter((word) => word !== ''), wasKilled };
}

async function checkPromises(said: readonly string[], where: string): Promise<void> {
  const db = await openSqlite<Database>(join(dataDir, SQLITE_FILE));
  const { relayClaims: claims } = new SqlStore(db, exampleNow);
  const relay = await RelayStore.open({
    directory: join(dataDir, 'relay'),
    claims,
    quotaBytes: 2 ** 30,
    diskSpace: async () => ({ freeBytes: 2 ** 50, totalBytes: 2 ** 50 }),
    logger: pino({ level: 'silent' }),
  });
  // No file that nobody claims, and no claim without its file.
  const claimed = (await claims.listFiles(undefined, 10)).map((file) => `${file.transferId}.${file.attempt}.frames`);
  expect([where, readdirSync(join(dataDir, 'relay')).toSorted()]).toEqual([where, claimed.toSorted()]);

  const held = await relay.load(ids.map((transfer) => ({ transfer, attempt: 1 })));
  const chunks: string[] = [];
  for (const [transfer, ranges] of held) {
    for (const [from, count] of ranges) {
      for (let index = from; index < from + count; index += 1) {
        // Whatever it holds is what came.
        const ref = { transfer, attempt: 1 };
        expect([where, await relay.read(ref, index)]).toEqual([where, exampleFrame(ref, index).bytes]);
        chunks.push(`${transfer}.${index}`);
      }
    }
  }
  const isDropped = (word: string): boolean => said.includes('dropping') && word.startsWith(`${ids[2]}.`);
  const acknowledged = said.filter((word) => /^\d+\.\d+$/.test(word) && !isDropped(word));
  expect([where, acknowledged.filter((word) => !chunks.includes(word))]).toEqual([where, []]);
  await relay.close();
  await db.destroy();
}
