import { describe, expect, test } from 'vitest';
import { exampleRun } from '../client/example-resources.ts';
import { RunProgress } from './run-progress.ts';

describe('RunProgress', () => {
  test('shows what was found while the source is being looked at', () => {
    const run = exampleRun({ state: 'planning' }, { filesPlanned: 12, bytesPlanned: 2048 });
    expect(new RunProgress().look(run, 0)).toMatchObject({
      percent: 0,
      amount: expect.stringContaining('12 files so far'),
    });
  });

  test('shows percent, bytes, rate and the time that is left', () => {
    const progress = new RunProgress();
    const planned = { filesPlanned: 4, bytesPlanned: 4096 };
    progress.look(exampleRun({}, { ...planned }), 0);
    expect(progress.look(exampleRun({}, { ...planned, filesMoved: 1, bytesMoved: 1024 }), 1000)).toEqual({
      percent: 25,
      amount: '1.0 KiB of 4.0 KiB, 1 of 4 files',
      rate: '1.0 KiB/s',
      eta: '3.0 s',
    });
  });

  test('does not say a hundred percent before the last file has arrived', () => {
    const run = exampleRun({}, { filesPlanned: 2, filesMoved: 1, bytesPlanned: 10, bytesMoved: 10 });
    expect(new RunProgress().look(run, 0).percent).toBe(99);
  });

  test('counts files where there are no bytes', () => {
    const run = exampleRun({}, { filesPlanned: 4, filesMoved: 2 });
    expect(new RunProgress().look(run, 0).percent).toBe(50);
  });
});
