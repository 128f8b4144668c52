import type { AgentMessage, Frame } from '@ferryline/engine';
import type { WorkMessage } from './events.ts';
import type { RunPhase, TransferPhase } from './hub-state.ts';

/** What an agent is to a run and its transfers. */
export type Role = 'source' | 'destination' | 'stranger';

/** Where a run is, and while it is moving, where its transfer is. */
export type Moment = Exclude<RunPhase, 'moving'> | TransferPhase;

/**
 * What becomes of what an agent says: it counts; nothing changes, and the agent is told what the database has; nothing changes at
 * all; or nothing changes, and the session of who said it is ended.
 */
export type Outcome = 'heard' | 'lookedUp' | 'ignored' | 'refused';

export interface Rights {
  /** Who is heard, and when. At other moments it changes nothing. */
  readonly heard: Readonly<Partial<Record<Moment, readonly Exclude<Role, 'stranger'>[]>>>;
  /** From whoever is never heard with it, about what the hub has under way. */
  readonly foreign: Outcome;
  /** From anybody, about what the hub does not have under way. */
  readonly unknown: Outcome;
}

function heard(who: Rights['heard']): Rights {
  return { heard: who, foreign: 'ignored', unknown: 'ignored' };
}

/** The same answer, whether there is no such transfer or it is somebody else's (holds.ts). */
function lookedUp(who: Rights['heard']): Rights {
  return { heard: who, foreign: 'lookedUp', unknown: 'lookedUp' };
}

function refused(who: Rights['heard']): Rights {
  return { heard: who, foreign: 'refused', unknown: 'ignored' };
}

/**
 * Every message of an agent, and whose word counts when (ATTACKS.md A24 to A26); a message without a row does not compile. What an
 * agent says of itself, or answers to a question of its own session, is about no run and no transfer of the core.
 */
export const messageRights: {
  readonly [Type in AgentMessage['type']]: Type extends WorkMessage['type'] ? Rights : 'ofTheSession';
} = {
  hello: 'ofTheSession',
  pong: 'ofTheSession',
  listing: 'ofTheSession',
  listFailed: 'ofTheSession',

  entries: heard({ surveying: ['destination'], scanning: ['source'] }),
  runFailed: heard({
    surveying: ['destination'],
    scanning: ['source'],
    arranging: ['destination'],
    sealing: ['destination'],
  }),
  arranged: heard({ arranging: ['destination'] }),
  sealed: heard({ sealing: ['destination'] }),

  receiving: heard({ offered: ['destination'] }),
  sent: heard({ storing: ['source'], sending: ['source'] }),
  waiting: heard({ offered: ['destination'], sending: ['destination'], finishing: ['destination'] }),
  // It only says that somebody is at work.
  working: heard({}),
  // A destination that published before its connection broke says so when it is offered the transfer again.
  finished: lookedUp({ offered: ['destination'], finishing: ['destination'] }),
  failed: heard({
    storing: ['source'],
    offered: ['source', 'destination'],
    sending: ['source', 'destination'],
    finishing: ['source', 'destination'],
  }),
};

/** Every kind of frame, in the same way. */
export const frameRights: Readonly<Record<Frame['kind'], Rights>> = {
  chunk: refused({ storing: ['source'], sending: ['source'], finishing: ['source'] }),
  ack: refused({ sending: ['destination'], finishing: ['destination'] }),
  nack: refused({ sending: ['destination'], finishing: ['destination'] }),
};
