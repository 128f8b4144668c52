import { beforeEach, describe, expect, test } from 'vitest';
import type { Principal } from '../auth/principal.ts';
import type { EventSink } from './event-sink.ts';
import { type FeedEvent, feedKinds } from './feed-event.ts';
import { HEARTBEAT_MS, MAX_WAITING_EVENTS, STALLED_MS, Subscription } from './subscription.ts';

const principal: Principal = {
  userId: 1,
  role: 'user',
  email: 'ops@example.com',
  scope: 'read',
  credential: { kind: 'signIn', id: 'one' },
};

/** A reader who takes so many events, and then no more until `space` is given back. */
class Reader implements EventSink {
  readonly heard: (FeedEvent | 'beat' | 'end')[] = [];
  space = Number.POSITIVE_INFINITY;

  get isReady(): boolean {
    return this.space > 0;
  }

  send(event: FeedEvent): void {
    this.space -= 1;
    this.heard.push(event);
  }

  beat(): void {
    this.heard.push('beat');
  }

  end(): void {
    this.heard.push('end');
  }
}

let reader: Reader;
let subscription: Subscription;

beforeEach(() => {
  reader = new Reader();
  subscription = new Subscription({
    principal,
    identify: async () => principal,
    kinds: new Set(feedKinds),
    sink: reader,
    // Of grants nothing is asked here.
    grants: {
      get: async () => undefined,
      listByAgent: async () => [],
      put: async () => undefined,
      delete: async () => false,
    },
    nowMs: 0,
  });
  reader.heard.length = 0;
});

function jobGone(jobId: number, ownerId = principal.userId): FeedEvent {
  return { name: 'jobRemoved', jobId, ownerId };
}

describe('a reader who does not keep up', () => {
  test('hears the rest later, in order, the newest of what changed twice', async () => {
    reader.space = 1;
    for (const id of [1, 2, 3, 2]) subscription.accept(jobGone(id));
    await subscription.deliver(1);
    expect(reader.heard).toEqual([jobGone(1)]);

    reader.space = 9;
    await subscription.deliver(2);

    expect(reader.heard).toEqual([jobGone(1), jobGone(3), jobGone(2)]);
  });

  test('is told to read again, once, when more waits than is kept', async () => {
    reader.space = 0;
    for (let id = 0; id <= MAX_WAITING_EVENTS; id += 1) subscription.accept(jobGone(id));
    subscription.accept(jobGone(7));
    reader.space = 9;

    await subscription.deliver(1);

    expect(reader.heard).toEqual([{ name: 'reset' }, jobGone(7)]);
  });

  test("is not crowded out by what is somebody else's", async () => {
    reader.space = 0;
    for (let id = 0; id <= MAX_WAITING_EVENTS; id += 1) subscription.accept(jobGone(id, 2));
    subscription.accept(jobGone(7));
    reader.space = 9;

    await subscription.deliver(1);

    expect(reader.heard).toEqual([jobGone(7)]);
  });

  test('is given up after half a minute in which they took nothing, and not before', async () => {
    reader.space = 0;
    await subscription.deliver(STALLED_MS - 1);
    expect(reader.heard).toEqual([]);

    await subscription.deliver(STALLED_MS);

    expect(reader.heard).toEqual(['end']);
    expect(subscription.isOver).toBe(true);
  });
});

test('a stream that has nothing to tell shows every fifteen seconds that it lives', async () => {
  for (const nowMs of [HEARTBEAT_MS - 1, HEARTBEAT_MS, HEARTBEAT_MS + 1, 2 * HEARTBEAT_MS]) {
    await subscription.deliver(nowMs);
  }

  expect(reader.heard).toEqual(['beat', 'beat']);
});

test('who cannot be identified, because the database does not answer, hears nothing more', async () => {
  const unknown = new Subscription({
    principal,
    identify: () => Promise.reject(new Error('the disk is full')),
    kinds: new Set(feedKinds),
    sink: reader,
    grants: {
      get: async () => undefined,
      listByAgent: async () => [],
      put: async () => undefined,
      delete: async () => false,
    },
    nowMs: 0,
  });
  unknown.accept(jobGone(1));

  await unknown.deliver(1);

  expect(reader.heard).toEqual([{ name: 'reset' }, 'end']);
});
