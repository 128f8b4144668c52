import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogLines, type LostLines } from './log-lines.ts';

const KIB = 1024;

describe.skipIf(process.platform === 'win32')('F44: lines of a log', () => {
  let folder: string;
  let reader: number;
  let writer: number;
  let told: LostLines[];
  let lines: LogLines;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ferry-log-'));
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    reader = openReader();
    writer = openSync(join(folder, 'pipe'), constants.O_WRONLY | constants.O_NONBLOCK);
    told = [];
    lines = new LogLines(writer, (lost) => {
      told.push(lost);
      lines.write('lost\n');
    });
  });
  afterEach(() => {
    closeSync(reader);
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });

  function openReader(): number {
    return openSync(join(folder, 'pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** What is in the pipe at this moment. */
  function read(): string {
    const bytes = Buffer.alloc(256 * KIB);
    return bytes.toString('utf8', 0, readSync(reader, bytes));
  }

  test('that nobody reads are counted, and told after the first that is read again', () => {
    lines.write('a\n');
    expect(read()).toBe('a\n');
    closeSync(reader);
    for (const line of ['b\n', 'c\n', 'd\n']) lines.write(line);
    reader = openReader();

    lines.write('e\n');
    lines.write('f\n');

    expect(read()).toBe('e\nlost\nf\n');
    expect(told).toEqual([{ lines: 3, reason: 'EPIPE' }]);
  });

  test('that do not fit into a pipe whose reader hangs hold nobody up for long, and stay lines', () => {
    const large = `${'x'.repeat(40 * KIB)}\n`;
    lines.write(large);
    const beganMs = performance.now();

    for (let count = 0; count < 100; count += 1) lines.write(large);
    const tookMs = performance.now() - beganMs;
    const before = read();
    lines.write('after\n');

    expect(tookMs).toBeLessThan(2_000);
    expect(before.split('\n')[0]).toHaveLength(40 * KIB);
    expect(before.length).toBeGreaterThan(large.length);
    expect(read()).toBe('\nafter\nlost\n');
    expect(told).toEqual([{ lines: 100, reason: 'EAGAIN' }]);
  });

  test('that are lost are told of again when that was lost too', () => {
    lines = new LogLines(writer, (lost) => {
      told.push(lost);
      if (told.length === 1) closeSync(reader);
      lines.write('lost\n');
    });
    closeSync(reader);
    lines.write('a\n');
    reader = openReader();
    lines.write('b\n');
    reader = openReader();

    lines.write('c\n');

    expect(read()).toBe('b\nc\nlost\n');
    expect(told).toEqual([
      { lines: 1, reason: 'EPIPE' },
      { lines: 2, reason: 'EPIPE' },
    ]);
  });
});
