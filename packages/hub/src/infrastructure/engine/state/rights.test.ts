import { inspect } from 'node:util';
import { encodeAckFrame, encodeChunkFrame, encodeNackFrame, type Frame, parseAgentMessage } from '@ferryline/engine';
import { describe, expect, test } from 'vitest';
import { transferStates } from '../../../domain/transfer/lifecycle.ts';
import {
  CHUNK,
  DESTINATION,
  file,
  type Hub,
  loaded,
  messagesTo,
  received,
  receiving,
  run,
  SOURCE,
  STRANGER,
} from '../example-core.ts';
import { hubAt, momentOf, moments } from '../example-moments.ts';
import type { HubEvent, WorkMessage } from './events.ts';
import { frameRights, type Moment, messageRights, type Outcome, type Rights, type Role } from './rights-table.ts';

const agents: Readonly<Record<Role, number>> = { source: SOURCE, destination: DESTINATION, stranger: STRANGER };

/** What a message or a frame is about. */
interface Subject {
  readonly run: number;
  /** Of entries. */
  readonly page: number;
  /** Of directories and links. */
  readonly treePage: number;
  readonly transfer: number;
  readonly attempt: number;
}

const hash = 'a'.repeat(64);
const failure = { code: 'SOURCE_NOT_FOUND', message: 'There is no /in/a.' } as const;

const messages: Readonly<Record<WorkMessage['type'], (subject: Subject) => WorkMessage>> = {
  entries: ({ run, page }) => ({ type: 'entries', run, page, entries: [file('a')], skipped: [], last: true }),
  runFailed: ({ run }) => ({ type: 'runFailed', run, ...failure }),
  arranged: ({ run, treePage: page }) => ({ type: 'arranged', run, page, failures: [{ path: '/in/a/d', ...failure }] }),
  sealed: ({ run, treePage: page }) => ({ type: 'sealed', run, page, failures: [{ path: '/in/a/d', ...failure }] }),
  receiving: (ref) => ({ type: 'receiving', transfers: [{ ...refIn(ref), held: [[0, 1]] }] }),
  sent: (ref) => ({ type: 'sent', transfers: [{ ...refIn(ref), fileHash: hash, chunkListHash: hash }] }),
  finished: (ref) => ({ type: 'finished', transfers: [refIn(ref)] }),
  failed: (ref) => ({ type: 'failed', transfers: [{ ...refIn(ref), ...failure }] }),
  waiting: (ref) => ({
    type: 'waiting',
    transfers: [{ ...refIn(ref), code: 'NO_SPACE', message: 'The disk is full.' }],
  }),
  working: (ref) => ({ type: 'working', transfers: [refIn(ref)] }),
};
const types = Object.keys(messages) as WorkMessage['type'][];

const header = { chunkIndex: 0, rawLength: CHUNK, digest: Buffer.alloc(32) };
const frames: Readonly<Record<Frame['kind'], (subject: Subject) => Buffer>> = {
  chunk: (ref) => encodeChunkFrame({ ...header, ...refIn(ref), compression: 'none', last: false }, Buffer.alloc(CHUNK)),
  ack: (ref) => encodeAckFrame({ ...header, ...refIn(ref) }),
  nack: (ref) => encodeNackFrame({ ...header, ...refIn(ref), reason: 'digestMismatch' }),
};
const kinds = Object.keys(frames) as Frame['kind'][];

/** Everything that an agent can say about a run or a transfer. */
const sayings: readonly [what: string, Rights, from: (agentId: number, subject: Subject) => HubEvent][] = [
  ...types.map((type): (typeof sayings)[number] => [
    type,
    messageRights[type],
    (agentId, subject) => said(agentId, messages[type](subject)),
  ]),
  ...kinds.map((kind): (typeof sayings)[number] => [
    `the frame ${kind}`,
    frameRights[kind],
    (agentId, subject) => received(agentId, frames[kind](subject)),
  ]),
];

describe.each(sayings)('%s', (_what, rights, from) => {
  test.each(moments)('A24, A25, A26: counts from whom the table says, of what is %s', (moment) => {
    const found = outcomes(moment, (hub, agentId) => from(agentId, subjectIn(hub)));

    const isKnown = hubAt(moment).state.transfers.has(5);
    expect(found).toEqual(perRole((role) => expected(rights, moment, role, isKnown)));
  });

  test.each(moments)('A25: about what there is not changes nothing, beside what is %s', (moment) => {
    const found = outcomes(moment, (hub, agentId) => from(agentId, { ...subjectIn(hub), run: 99, transfer: 99 }));

    expect(found).toEqual(perRole(() => rights.unknown));
  });
});

describe('the examples of these tests', () => {
  test.each(moments)('are at the moment that they are named after: %s', (moment) => {
    expect(momentOf(hubAt(moment))).toBe(moment);
  });

  test.each(types)('are messages as agents send them: %s', (type) => {
    const message = messages[type](subjectIn(hubAt('sending')));

    expect(parseAgentMessage(JSON.stringify(message))).toEqual(message);
  });
});

describe('a message about several transfers', () => {
  test.each<['receiving' | 'sent' | 'finished' | 'failed' | 'waiting', Moment]>([
    ['receiving', 'offered'],
    ['sent', 'sending'],
    ['finished', 'finishing'],
    ['failed', 'sending'],
    ['waiting', 'sending'],
  ])('A24, A26: counts for those alone that are the own ones of who says it: %s', (type, moment) => {
    const [mixed, alone] = [besideOwn(moment, type), besideOwn(moment, type)];
    const own = messages[type]({ ...subjectIn(alone), transfer: 6 });
    const foreign = messages[type](subjectIn(mixed));
    const before = pictureOf(alone);

    const ofBoth = mixed.on(said(STRANGER, { type, transfers: [...itemsOf(foreign), ...itemsOf(own)] } as WorkMessage));
    const ofOwn = alone.on(said(STRANGER, own));

    expect(pictureOf(alone)).not.toBe(before);
    expect(ofBoth.filter((effect) => effect.type !== 'lookUpHolds')).toEqual(ofOwn);
    expect(pictureOf(mixed)).toBe(pictureOf(alone));
  });

  /** Beside transfer 5, the stranger copies transfer 6 from and to itself. */
  function besideOwn(moment: Moment, type: WorkMessage['type']): Hub {
    const hub = hubAt(moment);
    const end = { agentId: STRANGER, place: { root: '/srv', names: ['own'] } };
    hub.on({ type: 'runAppeared', run: { ...run({ id: 2, state: 'running' }), source: end, destination: end } });
    hub.treeIsEmpty(2);
    hub.load({ id: 6, runId: 2, sourceAgentId: STRANGER, destinationAgentId: STRANGER });
    if (type === 'sent') hub.on(receiving(STRANGER, 6));
    return hub;
  }
});

test.each(transferStates)(
  'A25: who is not its destination learns nothing of a transfer that is %s by saying that they hold it',
  (state) => {
    const found = loaded({ state });
    const transfers = found.type === 'transfersLoaded' ? found.transfers : [];
    for (const agentId of [SOURCE, STRANGER]) {
      const hub = hubAt('sending');
      const before = pictureOf(hub);

      const [foreign, unknown] = [5, 99].map((transfer) => {
        const refs = [{ transfer, attempt: 1 }];
        return hub.on({ type: 'holdsLookedUp', agentId, refs, transfers: transfer === 5 ? transfers : [] });
      });

      expect(messagesTo(foreign ?? [], agentId)).toEqual([
        { type: 'cancel', transfers: [{ transfer: 5, attempt: 1 }] },
      ]);
      expect(messagesTo(unknown ?? [], agentId)).toEqual([
        { type: 'cancel', transfers: [{ transfer: 99, attempt: 1 }] },
      ]);
      expect(pictureOf(hub)).toBe(before);
    }
  },
);

function expected({ heard, foreign, unknown }: Rights, moment: Moment, role: Role, isKnown: boolean): Outcome {
  const counts = (among: readonly Role[] = []): boolean => among.includes(role);
  if (counts(heard[moment])) return 'heard';
  if (!isKnown) return unknown;
  return counts(Object.values(heard).flat()) ? 'ignored' : foreign;
}

/** What the hub makes of it from each of the agents, each time at the same moment. */
function outcomes(moment: Moment, event: (hub: Hub, agentId: number) => HubEvent): Readonly<Record<Role, Outcome>> {
  return perRole((role) => {
    const hub = hubAt(moment);
    return outcomeOf(hub, event(hub, agents[role]), agents[role]);
  });
}

/** @throws when the hub does anything that is none of the outcomes */
function outcomeOf(hub: Hub, event: HubEvent, agentId: number): Outcome {
  const before = pictureOf(hub);
  const effects = hub.on(event);
  const isUnchanged = pictureOf(hub) === before;
  if (isUnchanged && effects.length === 0) return 'ignored';
  const kind = effects.length === 1 ? effects[0]?.type : undefined;
  if (kind !== 'closeSession' && kind !== 'lookUpHolds') return 'heard';
  expect({ isUnchanged, effects }).toMatchObject({ isUnchanged: true, effects: [{ agentId }] });
  return kind === 'closeSession' ? 'refused' : 'lookedUp';
}

/** All that the core knows, to be compared; what it hides in objects of its own is asked for. */
function pictureOf({ state }: Hub): string {
  const hidden = [...state.transfers.values()].map(({ acknowledged, unanswered }) => [
    acknowledged.toRanges(),
    unanswered.bytes,
  ]);
  return inspect([state, hidden], { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
}

function perRole(outcome: (role: Role) => Outcome): Readonly<Record<Role, Outcome>> {
  return { source: outcome('source'), destination: outcome('destination'), stranger: outcome('stranger') };
}

function said(agentId: number, message: WorkMessage): HubEvent {
  return { type: 'messageReceived', agentId, message };
}

/** Run 1 and transfer 5, in the words that the hub would take at this moment. */
function subjectIn({ state }: Hub): Subject {
  const active = state.runs.get(1);
  const attempt = state.transfers.get(5)?.attempt ?? 1;
  return { run: 1, page: active?.nextPage ?? 0, treePage: active?.treePage ?? 0, transfer: 5, attempt };
}

function refIn({ transfer, attempt }: Subject): { readonly transfer: number; readonly attempt: number } {
  return { transfer, attempt };
}

function itemsOf(message: WorkMessage): readonly object[] {
  return 'transfers' in message ? message.transfers : [];
}
