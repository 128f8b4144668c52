import { exitCodes, FerryError } from '@ferryline/engine';
import { describe, expect, test, vi } from 'vitest';
import { examine } from './examine.ts';
import { fail, ok, warn } from './finding.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

const nothing = {} as Subject;
const [good, doubtful, bad] = [ok('Well.'), warn('Well?', 'Look.'), fail('Not well.', 'Mend it.')];

function probe(name: string, run: Probe['run'], more: Partial<Probe> = {}): Probe {
  return { name, needs: [], failsWith: exitCodes.failed, run, ...more };
}

describe('examine', () => {
  test('goes on after a failure, and passes over what needs what failed, and what needs that', async () => {
    const heard: string[] = [];
    const all = [
      probe('first', async () => [bad]),
      probe('second', async () => [good], { needs: ['first'] }),
      probe('third', async () => [good], { needs: ['second'] }),
      probe('fourth', async () => [good]),
    ];

    const { reports } = await examine(all, nothing, (report) => heard.push(report.probe));

    expect(reports).toEqual([
      { probe: 'first', findings: [bad] },
      { probe: 'second', passedOverFor: 'first' },
      { probe: 'third', passedOverFor: 'second' },
      { probe: 'fourth', findings: [good] },
    ]);
    expect(heard).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test.each([
    ['warnings', [[doubtful, exitCodes.denied]], exitCodes.ok],
    ['a failure here', [[bad, exitCodes.failed]], exitCodes.failed],
    [
      'a failure of the hub before one here',
      [
        [bad, exitCodes.denied],
        [bad, exitCodes.failed],
      ],
      exitCodes.denied,
    ],
    [
      'a failure of the hub after one here',
      [
        [bad, exitCodes.failed],
        [bad, exitCodes.denied],
      ],
      exitCodes.denied,
    ],
  ] as const)('ends after %s with the exit code for that', async (_which, found, expected) => {
    const all = found.map(([finding, failsWith], at) => probe(`${at}`, async () => [finding], { failsWith }));

    expect((await examine(all, nothing, () => undefined)).exitCode).toBe(expected);
  });

  test('takes what a probe throws for a failure: first what happened, then what to do', async () => {
    const thrown = [new FerryError('NO_SPACE', 'The disk is full. Make room. Soon.'), new Error('a defect'), 'text'];
    const all = thrown.map((each, at) =>
      probe(`${at}`, async () => {
        throw each;
      }),
    );

    const { reports } = await examine(all, nothing, () => undefined);

    expect(reports).toEqual([
      { probe: '0', findings: [fail('The disk is full.', 'Make room. Soon.')] },
      { probe: '1', findings: [fail('Unexpected failure: a defect', expect.any(String))] },
      { probe: '2', findings: [fail('Unexpected failure: text', expect.any(String))] },
    ]);
  });

  test('waits for no probe longer than 10 s', async () => {
    vi.useFakeTimers();
    try {
      const stuck = probe('stuck', () => new Promise(() => undefined));
      const examined = examine([stuck, probe('next', async () => [good])], nothing, () => undefined);
      await vi.advanceTimersByTimeAsync(10_000);

      expect((await examined).reports).toMatchObject([
        { findings: [{ level: 'fail', what: 'No answer came within 10 s.' }] },
        { findings: [good] },
      ]);
    } finally {
      vi.useRealTimers();
    }
  });
});
