import { expect, test } from 'vitest';
import { ack, CHUNK, chunk, DESTINATION, received, SOURCE, sendingHub } from '../engine/example-core.ts';
import { RelayTally } from './relay-tally.ts';

test('counts what the core hands on: chunks once each, and the raw bytes that were acknowledged', () => {
  const [hub, tally] = [sendingHub(), new RelayTally()];
  const frames = [received(SOURCE, chunk()), received(SOURCE, chunk({ chunkIndex: 1 })), received(DESTINATION, ack())];

  for (const frame of frames) tally.frameReceived(frame, hub.on(frame));

  expect(tally.figures).toEqual({
    rawBytes: CHUNK,
    wireBytes: chunk().length * 2,
    chunksForwarded: 2,
    chunksRefused: 0,
  });
});

test('counts a chunk that arrived damaged as refused, and a late one not at all', () => {
  const [hub, tally] = [sendingHub(), new RelayTally()];
  const damaged = { ...received(SOURCE, chunk()), intact: false };
  const late = received(SOURCE, chunk({ transfer: 6 }));

  for (const frame of [damaged, late]) tally.frameReceived(frame, hub.on(frame));

  expect(tally.figures).toEqual({ rawBytes: 0, wireBytes: chunk().length, chunksForwarded: 0, chunksRefused: 1 });
});
