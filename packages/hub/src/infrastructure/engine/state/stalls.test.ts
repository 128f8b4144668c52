import { beforeEach, describe, expect, test } from 'vitest';
import {
  ack,
  chunk,
  DESTINATION,
  type Hub,
  newHub,
  received,
  receiving,
  run,
  SOURCE,
  sendingHub,
  sent,
} from '../example-core.ts';
import type { HubEvent } from './events.ts';

let hub: Hub;
let nowMs = 0;

beforeEach(() => {
  nowMs = 0;
  hub = sendingHub();
});

describe('F12: an agent that owes something and gives no sign for a minute is sent away', () => {
  test('a source that was asked to send', () => {
    expect(sentAway(59)).toEqual([]);
    expect(sentAway(2)).toEqual([SOURCE]);
  });

  test('a destination that has chunks to answer', () => {
    for (const chunkIndex of [0, 1, 2]) hub.on(received(SOURCE, chunk({ chunkIndex })));
    hub.on(sent());

    expect(sentAway(61)).toEqual([DESTINATION]);
  });

  test('a destination that does not say what it holds', () => {
    hub = newHub();
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'sessionOpened', agentId: DESTINATION });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.treeIsEmpty();
    hub.load();

    expect(sentAway(61)).toEqual([DESTINATION]);
  });

  test('a destination that has everything, and does not publish it', () => {
    for (const chunkIndex of [0, 1, 2]) {
      hub.on(received(SOURCE, chunk({ chunkIndex })));
      hub.on(received(DESTINATION, ack(chunkIndex)));
    }
    hub.on(sent());

    expect(sentAway(61)).toEqual([DESTINATION]);
  });

  test('a source that sends to the relay', () => {
    hub = newHub({ relayDiskBytes: 64 * 1024 * 1024 });
    hub.on({ type: 'sessionOpened', agentId: SOURCE });
    hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
    hub.load();

    expect(sentAway(61)).toEqual([SOURCE]);
  });
});

describe('F23: whoever is only slow gives signs, and stays', () => {
  test.each<[what: string, sign: HubEvent]>([
    ['bytes on its lane', { type: 'lanesMoved', agentIds: [SOURCE] }],
    [
      'work that shows in nothing else',
      {
        type: 'messageReceived',
        agentId: SOURCE,
        message: { type: 'working', transfers: [{ transfer: 5, attempt: 1 }] },
      },
    ],
  ])('%s', (_what, sign) => {
    for (let minute = 0; minute < 10; minute += 1) {
      expect(sentAway(55)).toEqual([]);
      hub.on(sign);
    }
  });

  test('a source that waits for its window owes nothing', () => {
    for (let copy = 0; copy < 4; copy += 1) hub.on(received(SOURCE, chunk()));
    for (let minute = 0; minute < 3; minute += 1) {
      expect(sentAway(55)).toEqual([]);
      hub.on({ type: 'lanesMoved', agentIds: [DESTINATION] });
    }
  });
});

test('an agent that comes back after it was sent away has its time again', () => {
  sentAway(61);
  hub.on({ type: 'sessionClosed', agentId: SOURCE });
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.treeIsEmpty();
  hub.load({ state: 'suspended' });
  hub.on(receiving(DESTINATION, 5));

  expect(sentAway(59)).toEqual([]);
});

/** Lets seconds pass, and returns which agents were sent away in them. */
function sentAway(seconds: number): number[] {
  const away: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    nowMs += 1_000;
    hub.at(nowMs);
    for (const effect of hub.on({ type: 'ticked' })) {
      if (effect.type === 'closeSession' && effect.code === 'STALLED') away.push(effect.agentId);
    }
  }
  return [...new Set(away)];
}
