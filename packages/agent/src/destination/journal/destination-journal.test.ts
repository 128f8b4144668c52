import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashChunk } from '@ferryline/engine';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ReceivePlan } from '../core/events.ts';
import { DestinationJournal } from './destination-journal.ts';
import type { JournalEntry } from './journal-image.ts';
import { encodeRecord } from './journal-record.ts';

const MIB = 1024 * 1024;
const REF = { transfer: 7, attempt: 2 };
const DIGEST = hashChunk(Buffer.from('a chunk'));
const FILE = { ino: '12', mtimeNs: '34' };

let folder: string;
let journal: DestinationJournal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-journal-'));
  journal = open();
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the journal of a destination', () => {
  test('remembers, across a death, what was recorded', async () => {
    await journal.write({ type: 'opened', plan: plan(), atMs: 1_000 });
    await journal.commit({ type: 'held', ...REF, chunks: [[2, DIGEST.toString('base64')]], atMs: 2_000 });

    const [entry] = reopened();

    expect(entry).toMatchObject({ plan: plan(), stage: 'filling', touchedAtMs: 2_000 });
    expect(entry?.held.toRanges()).toEqual([[2, 1]]);
    expect(entry?.digests.get(2).equals(DIGEST)).toBe(true);
  });

  test('remembers that a file is being published, or removed', async () => {
    await journal.write({ type: 'opened', plan: plan(), atMs: 0 });
    await journal.commit({ type: 'publishing', ...REF, chunks: [[1, DIGEST.toString('base64')]], atMs: 2_000 });
    const text = written();
    await journal.commit({ type: 'discarding', ...REF });

    expect(reopened().map(({ stage }) => stage)).toEqual(['discarding']);
    writeFileSync(file(), text);
    const [publishing] = reopened();
    expect(publishing?.stage).toBe('publishing');
    expect(publishing?.held.toRanges()).toEqual([[1, 1]]);
  });

  test('forgets what is over, and what was opened anew', async () => {
    await journal.write({ type: 'opened', plan: plan(), atMs: 0 });
    await journal.write({ type: 'held', ...REF, chunks: [[0, DIGEST.toString('base64')]], atMs: 0 });
    await journal.write({ type: 'opened', plan: plan({ attempt: 3 }), atMs: 0 });
    await journal.write({ type: 'opened', plan: plan(), atMs: 0 });
    await journal.commit({ type: 'forgotten', transfer: 7, attempt: 3 });

    const entries = reopened();

    expect(entries.map((each) => each.plan.attempt)).toEqual([2]);
    expect(entries[0]?.held.count).toBe(0);
  });

  test('F41: remembers, across deaths, what was published and settled, and of that no more than the file', async () => {
    await journal.write({ type: 'opened', plan: plan(), atMs: 1_000 });
    const chunks = [[1, DIGEST.toString('base64')]] as const;
    await journal.write({ type: 'publishing', ...REF, chunks, file: FILE, atMs: 2_000 });
    await journal.commit({ type: 'settled', ...REF, atMs: 3_000 });

    const [once, twice] = [laterLife(), laterLife()];

    expect(once).toEqual({ entries: [], settled: [{ plan: plan(), file: FILE, settledAtMs: 3_000 }] });
    expect(twice).toEqual(once);
    expect(written()).not.toContain(DIGEST.toString('base64'));
  });

  test('F41: forgets what was settled when it is told to, or receives it anew', async () => {
    for (const transfer of [7, 8, 9]) {
      await journal.write({ type: 'opened', plan: plan({ transfer }), atMs: 0 });
      await journal.write({ type: 'publishing', ...REF, transfer, chunks: [], file: FILE, atMs: 0 });
      await journal.write({ type: 'settled', ...REF, transfer, atMs: 0 });
    }
    await journal.write({ type: 'forgotten', ...REF });
    await journal.commit({ type: 'opened', plan: plan({ transfer: 8 }), atMs: 0 });

    const { entries, settled } = laterLife();

    expect(entries.map((each) => each.plan.transfer)).toEqual([8]);
    expect(settled.map((each) => each.plan.transfer)).toEqual([9]);
  });

  test('F41: forgets with the settling what an agent published that did not say which file it was', async () => {
    await journal.write({ type: 'opened', plan: plan(), atMs: 0 });
    await journal.write({ type: 'publishing', ...REF, chunks: [], atMs: 0 });
    await journal.commit({ type: 'settled', ...REF, atMs: 0 });

    expect(laterLife()).toEqual({ entries: [], settled: [] });
  });

  test('takes a record that was torn for one that was not written', async () => {
    await journal.commit({ type: 'opened', plan: plan(), atMs: 0 });
    const whole = written();
    await journal.commit({ type: 'discarding', ...REF });
    const longer = written();

    for (let length = whole.length; length < longer.length - 1; length += 1) {
      writeFileSync(file(), longer.slice(0, length));

      expect(reopened().map(({ stage }) => stage)).toEqual(['filling']);
    }
  });

  test('goes on behind a record that is damaged', async () => {
    await journal.commit({ type: 'opened', plan: plan(), atMs: 0 });
    const damaged = '00000000 {"type":"discarding","transfer":7,"attempt":2}\n';
    writeFileSync(file(), written() + damaged + encodeRecord({ type: 'opened', plan: plan({ transfer: 8 }), atMs: 0 }));

    expect(reopened().map((entry) => [entry.plan.transfer, entry.stage])).toEqual([
      [7, 'filling'],
      [8, 'filling'],
    ]);
  });

  test('F56: begins anew when it was emptied, or is no journal', async () => {
    await journal.commit({ type: 'opened', plan: plan(), atMs: 0 });

    for (const text of ['', 'something else\n', '\0'.repeat(4096)]) {
      writeFileSync(file(), text);

      expect(reopened()).toEqual([]);
    }
  });

  test('F56: is not read when a newer agent wrote it', () => {
    writeFileSync(file(), 'ferryline destination journal 2\n');

    expect(() => open()).toThrow(/was written by a newer agent\. Start that one/);
  });

  test('stays of the size of what there is to remember', async () => {
    for (let transfer = 1; transfer <= 40_000; transfer += 1) {
      void journal.write({ type: 'opened', plan: plan({ transfer }), atMs: 0 });
      void journal.write({ type: 'forgotten', transfer, attempt: 2 });
      if (transfer % 1_000 === 0) await journal.commit({ type: 'forgotten', transfer, attempt: 2 });
    }

    expect(statSync(file()).size).toBeLessThan(10 * MIB);
    await journal.commit({ type: 'opened', plan: plan(), atMs: 0 });
    expect(reopened()).toHaveLength(1);
  });

  test('is for the eyes of its owner only', () => {
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });
});

function open(): DestinationJournal {
  return DestinationJournal.open(folder, pino({ level: 'silent' }));
}

/** What a new life reads of what is not over, while the old one is taken for dead. */
function reopened(): readonly JournalEntry[] {
  return laterLife().entries;
}

/** All that a new life reads. */
function laterLife(): Pick<DestinationJournal, 'entries' | 'settled'> {
  const later = open();
  const { entries, settled } = later;
  void later.close();
  return { entries, settled };
}

/** The file without its padding. */
function written(): string {
  return readFileSync(file(), 'utf8').split('\0')[0] ?? '';
}

function file(): string {
  return join(folder, 'destination.journal');
}

function plan(rest: Partial<ReceivePlan> = {}): ReceivePlan {
  return {
    ...REF,
    path: { root: '/in', names: ['a\n"b"'] },
    size: 3 * MIB,
    chunkSize: MIB,
    mode: 0o644,
    mtimeNs: '0',
    existing: 'replace',
    ...rest,
  };
}
