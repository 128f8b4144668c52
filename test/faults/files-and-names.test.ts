import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, lstatSync, mkdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { treeDifferences } from '../system/tree-differences.ts';

// FAULTS.md, files and names: whatever a disk can hold arrives as it is, or is named with why it does not.

const MIB = 2 ** 20;
const TIB = 2 ** 40;

let ferryline: Ferryline;
let source: string;
let destination: string;
let trees = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  await ferryline.startBothAgents();
});
afterAll(() => ferryline.close());
beforeEach(() => {
  trees += 1;
  source = join(ferryline.folder, 'source', `${trees}`);
  destination = join(ferryline.folder, 'destination', `${trees}`);
  mkdirSync(source);
});

test('F59: files of chunks exactly, and of one byte more and less, arrive identical', async () => {
  for (const chunks of [1, 2, 3]) {
    for (const more of [-1, 0, 1]) writeFileSync(join(source, `${chunks} ${more}`), randomBytes(chunks * MIB + more));
  }

  await copyTree({ filesMoved: 9 });

  expect(await treeDifferences(source, destination)).toEqual([]);
});

test('F61: a file of more chunks than a plan may have is refused by name, and names the limit; the others arrive', async () => {
  writeFileSync(join(source, 'small'), 'x');
  writeFileSync(join(source, 'beyond'), '');
  truncateSync(join(source, 'beyond'), 4 * TIB + 1);

  const { id } = await ferryline.copy(`${trees}`, `${trees}`);

  const { items } = await ferryline.get<{ items: { path: string; message: string }[] }>(`runs/${id}/issues`);
  expect(items).toMatchObject([{ path: 'beyond', message: expect.stringContaining('4 TiB') }]);
  expect(await readdir(destination)).toEqual(['small']);
});

test('F63: names that look alike, mislead or mean something elsewhere arrive byte for byte', async () => {
  const names = [
    ...['\u00e9 one code', 'e\u0301 two codes', 'cr\rlf\n', '; rm -rf .', '-n', 'dot.', 'space ', ' .', '...'],
    ...['CON', 'aux.txt', 'a:b', 'stream::$DATA', '*?"<>|', 'gpj.\u202etxt', '🚢', '\x01\x7f', '~', '$HOME', '%2e%2e'],
    ...['.ferry-mine.part', 'x'.repeat(255), '\u00fc'.repeat(127)],
  ];
  for (const name of names) writeFileSync(join(source, name), name);

  await copyTree({ filesMoved: names.length });

  const [sent, received] = await Promise.all([source, destination].map((at) => readdir(at, { encoding: 'buffer' })));
  expect(received?.toSorted(Buffer.compare)).toEqual(sent?.toSorted(Buffer.compare));
  expect(await treeDifferences(source, destination)).toEqual([]);
});

test.runIf(process.platform === 'linux')('F63: a name that is no text is left out by itself, and said so', async () => {
  writeFileSync(join(source, 'fine'), 'x');
  writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x62, 0xff, 0x64])]), 'x');

  const id = await copyTree({ filesMoved: 1, filesSkipped: 1 });

  const { items } = await ferryline.get<{ items: { path: string; message: string }[] }>(`runs/${id}/issues`);
  expect(items).toMatchObject([{ path: expect.stringMatching(/^b.*d$/), message: expect.stringMatching(/UTF-8/) }]);
});

test('F65: a path that is longer than the system takes in one go arrives', async () => {
  // Deeper than 4,096 bytes only step by step; so it is looked at as well.
  const walk = (at: string, last: string): string =>
    execFileSync(
      'sh',
      [
        '-c',
        `cd "$1"; for i in $(seq 30); do [ -d $2 ] || mkdir $2; cd -P ./$2; done; ${last}`,
        'sh',
        at,
        'd'.repeat(200),
      ],
      { encoding: 'utf8' },
    );
  walk(source, 'printf deep > file');

  await copyTree({ filesMoved: 1 });

  expect(walk(destination, 'cat file')).toBe('deep');
  // Node does not remove them by their whole path.
  for (const each of [source, destination]) execFileSync('rm', ['-rf', each]);
});

describe('F66: what is no file or leads elsewhere', () => {
  test.runIf(process.platform !== 'win32')('is named and left out, and nobody waits for it', async () => {
    writeFileSync(join(source, 'file'), 'content');
    linkSync(join(source, 'file'), join(source, 'same file'));
    symlinkSync('.', join(source, 'loop'));
    symlinkSync('again', join(source, 'again'));
    symlinkSync('../../outside', join(source, 'out'));
    symlinkSync('/dev/zero', join(source, 'device'));
    symlinkSync('pipe', join(source, 'to the pipe'));
    execFileSync('mkfifo', [join(source, 'pipe')]);
    const socket = spawnSync('perl', [
      '-MIO::Socket::UNIX',
      '-e',
      'IO::Socket::UNIX->new(Local => shift, Listen => 1)',
      join(source, 'socket'),
    ]);

    const id = await copyTree({ filesMoved: 2, filesSkipped: socket.status === 0 ? 4 : 3 });

    const { items } = await ferryline.get<{ items: { path: string }[] }>(`runs/${id}/issues`);
    const skipped = ['device', 'out', 'pipe', ...(socket.status === 0 ? ['socket'] : [])];
    expect(items.map(({ path }) => path).toSorted()).toEqual(skipped);
    expect((await readdir(destination)).toSorted()).toEqual(['again', 'file', 'loop', 'same file', 'to the pipe']);
    expect(await readFile(join(destination, 'same file'), 'utf8')).toBe('content');
  });
});

test.runIf(process.platform !== 'win32')(
  'F67: times far away arrive to the microsecond; rights to be somebody else do not',
  async () => {
    const times = ['1901-12-14 00:00:00.5 UTC', '1969-12-31 23:59:59.999999 UTC', '2300-01-01 12:00:00.123456 UTC'];
    for (const [at, time] of times.entries()) {
      writeFileSync(join(source, `${at}`), 'x');
      execFileSync('touch', ['-d', time, join(source, `${at}`)]);
    }
    writeFileSync(join(source, 'setuid'), 'x');
    chmodSync(join(source, 'setuid'), 0o6755);

    await copyTree({ filesMoved: 4 });

    for (const at of times.keys()) {
      const [sent, received] = [source, destination].map(
        (end) => statSync(join(end, `${at}`), { bigint: true }).mtimeNs,
      );
      // Node sets times by a double, which holds seconds of three centuries to some microseconds.
      expect(Math.abs(Number((received ?? 0n) - (sent ?? 0n)))).toBeLessThan(4_000);
    }
    expect(lstatSync(join(destination, 'setuid')).mode & 0o7777).toBe(0o755);
  },
);

/** Copies the tree of this test, and expects these counters; returns the id of the run. */
async function copyTree(counters: object): Promise<number> {
  const run = await ferryline.copy(`${trees}`, `${trees}`);
  expect(run).toMatchObject({ state: 'completed', counters: { filesFailed: 0, ...counters } });
  return run.id;
}
