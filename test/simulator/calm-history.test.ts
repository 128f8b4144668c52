import { describe, expect, test } from 'vitest';
import { CHUNK_BYTES, type Fault, type Scenario } from './scenario.ts';
import { simulate } from './simulate.ts';

describe('the three cores in a virtual network', () => {
  test('move files of many chunks, of one, and of zero bytes, which has none', () => {
    const history = simulate(scenario({ files: [5 * CHUNK_BYTES + 17, 1, 0] }));

    expect(history.records.runs.get(1)).toMatchObject({ state: 'completed', counters: { filesMoved: 3 } });
    expect([...history.records.transfers.values()].map(({ state }) => state)).toEqual(Array(3).fill('completed'));
  });

  test('give the same history for the same scenario, and another for another seed', () => {
    const faults: Fault[] = [{ kind: 'powerCut', atEvent: 120, agent: 2, forMs: 100 }];
    const [first, again] = [linesOf(scenario({ faults })), linesOf(scenario({ faults }))];

    expect(again).toEqual(first);
    expect(linesOf(scenario({ faults, seed: 2 }))).not.toEqual(first);
  });

  test('plan a file once when the destination comes and goes during the scan', () => {
    const faults: Fault[] = [
      { kind: 'laneCut', atEvent: 9, agent: 2 },
      { kind: 'controlCut', atEvent: 14, agent: 2 },
    ];
    for (let seed = 0; seed < 20; seed += 1) {
      const { records } = simulate(scenario({ seed, faults }));
      expect(records.runs.get(1)?.counters.filesPlanned).toBe(1);
    }
  });

  test('go on with what a destination holds that died, or whose machine lost power', () => {
    let resumed = 0;
    for (let seed = 0; seed < 40; seed += 1) {
      const kind = seed % 2 === 0 ? 'killed' : 'powerCut';
      const faults: Fault[] = [{ kind, atEvent: 60 + 2 * seed, agent: 2, forMs: 500 }];
      const { sightings } = simulate(scenario({ seed, files: [12 * CHUNK_BYTES], faults }));
      resumed += sightings.count('a later life went on with held chunks');
    }

    expect(resumed).toBeGreaterThan(10);
  });

  test('P5: send nothing twice when a destination comes back while its source sends to the disk', () => {
    const sizes = Array(3).fill(24 * CHUNK_BYTES);
    let cameBack = 0;
    for (let seed = 0; seed < 40; seed += 1) {
      const faults: Fault[] = [{ kind: 'killed', atEvent: 1, agent: 2, forMs: 100 + 10 * seed }];
      const lines: string[] = [];
      const { sightings } = simulate(scenario({ seed, files: sizes, relayChunks: 200, faults }), { lines });
      cameBack += sightings.count('a destination came back while its source sent to the disk');

      expect(lines.filter((line) => line.includes('agent 1 chunkRead'))).toHaveLength(3 * 24);
    }

    expect(cameBack).toBeGreaterThan(10);
  });
});

test('P5: no more than the window is sent again when a hub with a disk dies, whoever comes back first', () => {
  const [chunks, windowChunks] = [60, 4];
  for (let seed = 0; seed < 60; seed += 1) {
    const faults: Fault[] = [{ kind: 'hubKilled', atEvent: 40 + 2 * seed, forMs: 200 }];
    const lines: string[] = [];
    simulate(scenario({ seed, files: [chunks * CHUNK_BYTES], relayChunks: 200, faults }), { lines });

    expect(lines.filter((line) => line.includes('hub chunk')).length).toBeLessThanOrEqual(chunks + windowChunks);
  }
});

function scenario({
  seed = 1,
  files = [3 * CHUNK_BYTES],
  faults = [],
  relayChunks = 0,
}: Partial<Pick<Scenario, 'seed' | 'faults' | 'relayChunks'>> & { files?: number[] }): Scenario {
  return {
    seed,
    pace: { controlMs: 20, laneMs: 20, readMs: 5, diskMs: 5, databaseMs: 10 },
    windowChunks: 4,
    relayChunks,
    runs: [{ atMs: 0, source: 1, destination: 2, into: 'own', type: 'push', existing: 'replace', files }],
    faults,
  };
}

function linesOf(scenario: Scenario): readonly string[] {
  const lines: string[] = [];
  simulate(scenario, { lines });
  return lines;
}
