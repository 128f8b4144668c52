import { describe, expect, test } from 'vitest';
import type { TransferState } from '../../../domain/transfer/lifecycle.ts';
import { DESTINATION, loaded, newHub, SOURCE } from '../example-core.ts';
import type { HubEffect } from './effects.ts';

describe('an agent that comes back with what it remembers', () => {
  test('has it looked up, in pieces that one message carries', () => {
    const hub = newHub();
    const refs = Array.from({ length: 1_001 }, (_, at) => ({ transfer: at + 1, attempt: 1 }));

    const effects = hub.on({ type: 'holdsStated', agentId: DESTINATION, refs });

    expect(effects).toEqual([
      { type: 'lookUpHolds', agentId: DESTINATION, refs: refs.slice(0, 1_000) },
      { type: 'lookUpHolds', agentId: DESTINATION, refs: refs.slice(1_000) },
    ]);
  });

  test.each<[TransferState, string[]]>([
    ['completed', ['settled']],
    ['failed', ['cancel']],
    ['cancelled', ['cancel']],
    ['pending', []],
    ['suspended', []],
    ['running', []],
    ['verifying', []],
  ])('hears of a transfer that is %s: %j', (state, said) => {
    expect(saidAbout({ transfer: 5, attempt: 1 }, { state })).toEqual(said);
  });

  test('is to throw away an attempt that is over', () => {
    expect(saidAbout({ transfer: 5, attempt: 1 }, { state: 'suspended', attempt: 2 })).toEqual(['cancel']);
    expect(saidAbout({ transfer: 5, attempt: 1 }, { state: 'completed', attempt: 2 })).toEqual(['cancel']);
  });

  test('is to throw away what the hub does not know, or what somebody else receives', () => {
    expect(saidAbout({ transfer: 6, attempt: 1 }, {})).toEqual(['cancel']);
    expect(saidAbout({ transfer: 5, attempt: 1 }, { destinationAgentId: SOURCE })).toEqual(['cancel']);
  });

  test('has it looked up again when something was cancelled since the database was asked', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({ type: 'transfersCancelled', transfers: [{ id: 5, runId: 1 }] });
    const refs = [{ transfer: 5, attempt: 1 }];

    const effects = hub.on({ type: 'holdsLookedUp', agentId: DESTINATION, refs, transfers: [], asOf: 0 });

    expect(effects).toEqual([{ type: 'lookUpHolds', agentId: DESTINATION, refs }]);
  });

  test('has looked up what it published and nobody waits for', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    const refs = [{ transfer: 5, attempt: 1 }];
    const message = { type: 'finished' as const, transfers: refs };

    const effects = hub.on({ type: 'messageReceived', agentId: DESTINATION, message });

    expect(effects).toEqual([{ type: 'lookUpHolds', agentId: DESTINATION, refs }]);
  });

  test('lets go of what it keeps when that is cancelled and was not begun again', () => {
    const hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    const found = loaded({ state: 'suspended' });
    const transfers = found.type === 'transfersLoaded' ? found.transfers : [];
    hub.on({ type: 'holdsLookedUp', agentId: DESTINATION, refs: [{ transfer: 5, attempt: 1 }], transfers, asOf: 0 });

    const effects = hub.on({ type: 'transfersCancelled', transfers: [{ id: 5, runId: 1 }] });

    expect(effects.map(typeOfMessage)).toEqual(['cancel']);
  });
});

/** What the hub says to the destination about what it remembers, when the database has transfer 5 like this. */
function saidAbout(ref: { transfer: number; attempt: number }, rest: Parameters<typeof loaded>[0]): unknown[] {
  const hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: DESTINATION });
  const found = loaded(rest);
  const transfers = found.type === 'transfersLoaded' ? found.transfers : [];
  return hub.on({ type: 'holdsLookedUp', agentId: DESTINATION, refs: [ref], transfers }).map(typeOfMessage);
}

function typeOfMessage(effect: HubEffect): unknown {
  return effect.type === 'sendMessage' ? effect.message.type : effect.type;
}
