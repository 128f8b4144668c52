import { expect, test } from 'vitest';
import { exampleRun, exampleTransfer } from '../client/example-resources.ts';
import type { HubClient } from '../client/hub-client.ts';
import type { TransferResource } from '../client/resources.ts';
import { WaitingNote } from './waiting-note.ts';

const full = { code: 'NO_SPACE', message: '/in/a waits for room: the disk is full.' };

test('says once what a run waits for that stands still, and again when it did so after it had moved', async () => {
  const { notes, look } = watching([
    exampleTransfer({ state: 'suspended' }),
    exampleTransfer({ id: 32, state: 'suspended', error: full }),
  ]);

  for (const second of [0, 2]) await look(100, second);
  const early = [...notes];
  for (const second of [3, 10, 20]) await look(100, second);
  const once = [...notes];
  for (const second of [21, 24]) await look(200, second);

  expect([early, once, notes]).toEqual([[], [full.message], [full.message, full.message]]);
});

test('says nothing of a run that stands still for no reason that a transfer knows', async () => {
  const { notes, look } = watching([exampleTransfer({ state: 'suspended' })]);

  for (const second of [0, 3, 6, 60]) await look(100, second);

  expect(notes).toEqual([]);
});

test('bears a hub that is away', async () => {
  const { notes, look } = watching(new Error('away'));

  for (const second of [0, 3, 6]) await look(100, second);

  expect(notes).toEqual([]);
});

/** One that watches run 1, of which these transfers are suspended. */
function watching(suspended: readonly TransferResource[] | Error) {
  const notes: string[] = [];
  const client: Pick<HubClient, 'transfers'> = {
    transfers: async () => {
      if (suspended instanceof Error) throw suspended;
      return [...suspended];
    },
  };
  const note = new WaitingNote({ client, note: (sentence) => notes.push(sentence) });
  return {
    notes,
    look: async (bytesMoved: number, second: number): Promise<void> => {
      note.look(exampleRun({}, { bytesMoved }), second * 1_000);
      // What it asks is answered by then.
      await new Promise(setImmediate);
    },
  };
}
