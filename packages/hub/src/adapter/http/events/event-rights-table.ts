import type { FeedEventName } from '../../../application/events/feed-event.ts';

/**
 * What a listener has to do with what an event is about: it is theirs (their run; an agent that is shared with them for writing),
 * the agent, or the ends of the run, are shared with them for reading, nothing at all, or they are an administrator.
 */
export type Relation = 'owner' | 'reader' | 'stranger' | 'admin';

const owned: readonly Relation[] = ['owner', 'admin'];
const everybody: readonly Relation[] = ['owner', 'reader', 'stranger', 'admin'];

/** Who hears of every event, signed in or by an API key of any scope; an event without a row does not compile (ATTACKS.md A22). */
export const hearersByEvent: Readonly<Record<FeedEventName, readonly Relation[]>> = {
  // It tells nothing.
  reset: everybody,
  runChanged: owned,
  transferChanged: owned,
  transfersChanged: owned,
  agentChanged: ['owner', 'reader', 'admin'],
  // Its grants are gone with it.
  agentRemoved: ['admin'],
  jobChanged: owned,
  jobRemoved: owned,
};
