import {
  type ChunkFrame,
  type ChunkRanges,
  decodeFrames,
  type Entry,
  encodeAckFrame,
  encodeChunkFrame,
} from '@ferryline/engine';
import { noCounters, type Run } from '../../domain/run/run.ts';
import type { RunChanges } from '../../domain/run/run-repository.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import type { HubEffect } from './state/effects.ts';
import type { HubEvent } from './state/events.ts';
import { stepHub } from './state/hub-core.ts';
import { initialHubState } from './state/hub-state.ts';

/** A hub core and what it is told, for tests: three agents, run 1 from the first to the second, transfer 5 of three chunks. */

export const SOURCE = 1;
export const DESTINATION = 2;
export const STRANGER = 3;
export const CHUNK = 1024 * 1024;

/** The transfer that most tests are about, in its first attempt. */
export const REF = { transfer: 5, attempt: 1 };
/** What its source states of the whole: the hash of the file, and of its chunk list. */
export const HASH = 'a'.repeat(64);
/** It, as the database has it, when the relay's disk holds all of it and its source stated what the whole must be. */
export const storedWhole = { state: 'suspended', storedChunks: 3, fileHash: HASH, chunkListHash: HASH } as const;

export type Hub = ReturnType<typeof newHub>;

/** @param relayDiskBytes what the relay's disk may take; without one, all waits for the destination */
export function newHub({ relayDiskBytes = 0, relayMemoryBytes = 8 * CHUNK } = {}) {
  const state = initialHubState({ relayMemoryBytes, relayDiskBytes, stalledAfterMs: 60_000 });
  let nowMs = 0;
  let storeRoomBytes = relayDiskBytes;
  let treePages = 0;
  let lastRecord: RunChanges | undefined;
  const loads = new Map<number, number>();
  const on = (event: HubEvent): HubEffect[] => {
    const { effects } = stepHub(state, event, { nowMs, random: () => 0.5, storeRoomBytes });
    for (const each of effects) {
      if (each.type === 'loadTreeEntries') treePages = each.page;
      if (each.type === 'record') lastRecord = each.changes;
      if (each.type === 'loadTransfers') loads.set(each.runId, each.load);
    }
    return effects;
  };
  return {
    state,
    on,
    at: (moment: number) => {
      nowMs = moment;
    },
    /** From now on the relay's disk has room for so much. */
    roomFor: (bytes: number) => {
      storeRoomBytes = bytes;
    },
    /** Lets a second pass, and returns what was recorded last. */
    lastRecord: () => {
      nowMs += 1_000;
      on({ type: 'ticked' });
      return lastRecord;
    },
    /** Answers the last load of a run with one transfer. */
    load: (rest: Partial<Transfer> = {}, stored?: ChunkRanges) =>
      on({ ...loaded(rest, loads.get(rest.runId ?? 1)), ...(stored && { stored: new Map([[rest.id ?? 5, stored]]) }) }),
    /** Answers the last load of run 1: no transfer is left. */
    noneLeft: () => on({ type: 'transfersLoaded', runId: 1, load: loads.get(1) ?? 1, transfers: [] }),
    treeIsEmpty: (runId = 1) => on({ type: 'treeEntriesLoaded', runId, page: treePages, entries: [] }),
  };
}

/** A hub that has asked the source to send transfer 5, a file of three chunks. */
export function sendingHub(): Hub {
  const hub = newHub();
  hub.on({ type: 'sessionOpened', agentId: SOURCE });
  hub.on({ type: 'sessionOpened', agentId: DESTINATION });
  hub.on({ type: 'runAppeared', run: run({ state: 'running' }) });
  hub.treeIsEmpty();
  hub.load();
  hub.on(receiving(DESTINATION, 5));
  hub.on({ type: 'ticked' });
  hub.on({ type: 'recorded' });
  return hub;
}

export function run({
  destinationAgentId = DESTINATION,
  ...rest
}: Partial<Pick<Run, 'id' | 'state' | 'type' | 'selection' | 'jobId'>> & { destinationAgentId?: number } = {}): Run {
  return {
    id: 1,
    userId: 1,
    trigger: 'manual',
    type: 'push',
    selection: { include: [], exclude: [] },
    source: { agentId: SOURCE, place: { root: '/srv', names: ['a'] } },
    destination: { agentId: destinationAgentId, place: { root: '/in', names: ['a'] } },
    intoDestination: false,
    options: { compression: 'none', existing: 'replace', maxRetries: 3 },
    state: 'planning',
    counters: noCounters,
    createdAt: new Date(0),
    ...rest,
  };
}

export function loaded(rest: Partial<Transfer> = {}, load = 1): Extract<HubEvent, { type: 'transfersLoaded' }> {
  const identity = { dev: '1', ino: '1', size: 3 * CHUNK, mtimeNs: '0', ctimeNs: '0' };
  const transfer: Transfer = {
    id: 5,
    runId: 1,
    userId: 1,
    ordinal: 0,
    filename: 'a',
    sizeBytes: 3 * CHUNK,
    sourceAgentId: SOURCE,
    source: { root: '/srv', names: ['a'] },
    destinationAgentId: DESTINATION,
    destination: { root: '/in', names: ['a'] },
    identity,
    mode: 0o644,
    mtimeNs: '0',
    compression: 'none',
    chunkSizeBytes: CHUNK,
    totalChunks: 3,
    state: 'pending',
    attempt: 1,
    retryCount: 0,
    maxRetries: 3,
    completedChunks: 0,
    bytesTransferred: 0,
    wireBytes: 0,
    storedChunks: 0,
    createdAt: new Date(0),
    ...rest,
  };
  return { type: 'transfersLoaded', runId: transfer.runId, load, transfers: [transfer] };
}

/** A page of what an agent found, by default an empty one of the source. */
export function entries({
  last,
  from = SOURCE,
  page = 0,
  found = [],
}: {
  last: boolean;
  from?: number;
  page?: number;
  found?: Entry[];
}): HubEvent {
  const message = { type: 'entries', run: 1, page, entries: found, skipped: [], last } as const;
  return { type: 'messageReceived', agentId: from, message: { ...message, skipped: [] } };
}

/** A file of one byte for each of its names, as a scan finds it. */
export function file(name: string, mtimeNs = '1700000000123456789'): Entry {
  const identity = { dev: '1', ino: '1', size: name.length, mtimeNs, ctimeNs: '0' };
  return { kind: 'file', names: [name], mode: 0o644, mtimeNs, identity };
}

export function receiving(agentId: number, transfer: number, held: ChunkRanges = []): HubEvent {
  const transfers = [{ transfer, attempt: 1, held }];
  return { type: 'messageReceived', agentId, message: { type: 'receiving', transfers } };
}

export function sent(): HubEvent {
  const transfers = [{ ...REF, fileHash: HASH, chunkListHash: HASH }];
  return { type: 'messageReceived', agentId: SOURCE, message: { type: 'sent', transfers } };
}

export function failedAt(
  agentId: number,
  failure: { code: 'NO_SPACE' | 'HASH_MISMATCH' | 'SOURCE_CHANGED'; message: string },
): HubEvent {
  const transfers = [{ transfer: 5, attempt: 1, ...failure }];
  return { type: 'messageReceived', agentId, message: { type: 'failed', transfers } };
}

/** A destination has no room for the rest of a transfer. */
export function waitingAt(agentId: number, transfer = 5): HubEvent {
  const transfers = [{ transfer, attempt: 1, code: 'NO_SPACE' as const, message: 'a waits for room' }];
  return { type: 'messageReceived', agentId, message: { type: 'waiting', transfers } };
}

export function chunk(rest: { transfer?: number; chunkIndex?: number; attempt?: number } = {}): Buffer {
  const header = { transfer: 5, chunkIndex: 0, attempt: 1, ...rest };
  const digest = Buffer.alloc(32);
  return encodeChunkFrame(
    { ...header, rawLength: CHUNK, digest, compression: 'none', last: false },
    Buffer.alloc(CHUNK),
  );
}

export function ack(chunkIndex = 0, transfer = 5): Buffer {
  return encodeAckFrame({ transfer, chunkIndex, attempt: 1, rawLength: CHUNK, digest: Buffer.alloc(32) });
}

export function received(agentId: number, message: Buffer): Extract<HubEvent, { type: 'frameReceived' }> {
  const [decoded] = decodeFrames(message);
  if (decoded === undefined) throw new Error('no frame');
  return { type: 'frameReceived', agentId, ...decoded, intact: true };
}

/** The relay's disk holds a chunk of transfer 5. */
export function chunkStored(chunkIndex: number): HubEvent {
  return { type: 'chunkStored', frame: sentChunk(chunkIndex).frame };
}

/** A chunk of transfer 5, as its source sends it. */
export function sentChunk(chunkIndex: number): { readonly frame: ChunkFrame; readonly bytes: Buffer } {
  const { frame, bytes } = received(SOURCE, chunk({ chunkIndex }));
  if (frame.kind !== 'chunk') throw new Error('no chunk');
  return { frame, bytes };
}

export function messagesTo(effects: readonly HubEffect[], agentId: number) {
  return effects.flatMap((each) => (each.type === 'sendMessage' && each.agentId === agentId ? [each.message] : []));
}

/** What the source is asked to send. */
export function sendsIn(effects: readonly HubEffect[]) {
  return messagesTo(effects, SOURCE).filter(({ type }) => type === 'send');
}

export function typesOf(effects: readonly HubEffect[]): string[] {
  return effects.map(({ type }) => type);
}

export function recordsOf(effects: readonly HubEffect[]) {
  return effects.flatMap((each) => (each.type === 'record' ? [each.changes] : []));
}

export function statesIn(effects: readonly HubEffect[]): string[] {
  return recordsOf(effects).flatMap((changes) => changes.transfers.map((each) => each.state));
}
