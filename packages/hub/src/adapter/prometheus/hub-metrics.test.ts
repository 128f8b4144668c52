import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import type { HubFigures } from '../../application/metrics/hub-figures.ts';
import { registerHubMetrics } from './hub-metrics.ts';

const figures: HubFigures = {
  agentsOnline: async () => ({}),
  work: () => ({ runs: {}, transfers: {}, endedRuns: {}, endedTransfers: {} }),
  relay: () => ({ rawBytes: 0, wireBytes: 0, chunksForwarded: 0, chunksRefused: 0 }),
  relayWaitingBytes: () => 0,
  relayMemoryBytes: 0,
  ticks: () => ({ done: 0, failed: 0 }),
  signInFailures: () => 0,
  databaseFailures: () => 0,
  eventStreams: () => 0,
};

/** The lines about the relay's disk. */
async function diskLines(shown: HubFigures): Promise<readonly string[]> {
  const registry = new Registry();
  registerHubMetrics(registry, shown);
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('ferryline_relay_disk_'));
}

test('the disk of the relay is shown as it is at the moment, and not where there is none', async () => {
  const relayDisk = () => ({ usedBytes: 10, reservedBytes: 20, quotaBytes: 30, lostChunks: 4, refusedFiles: 5 });

  expect(await diskLines({ ...figures, relayDisk })).toEqual([
    'ferryline_relay_disk_bytes 10',
    'ferryline_relay_disk_reserved_bytes 20',
    'ferryline_relay_disk_limit_bytes 30',
    'ferryline_relay_disk_chunks_lost_total 4',
    'ferryline_relay_disk_files_refused_total 5',
  ]);
  expect(await diskLines(figures)).toEqual([]);
});
