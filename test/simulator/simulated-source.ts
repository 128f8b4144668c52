import { createHash, type Hash } from 'node:crypto';
import {
  type AckFrame,
  DigestList,
  encodeChunkFrame,
  exhaustive,
  FerryError,
  type HubMessage,
  hashChunk,
  keyOf,
  type NackFrame,
  refOf,
  type TransferFailure,
  type TransferRef,
} from '@ferryline/engine';
import type { SendPlan, SourceEffect, SourceEvent } from '../../packages/agent/src/source/core/events.ts';
import { stepSource } from '../../packages/agent/src/source/core/source-core.ts';
import { initialSourceState } from '../../packages/agent/src/source/core/state.ts';
import type { AgentOutlet } from './agent-outlet.ts';
import { finalName } from './names.ts';
import { SendWitness } from './send-witness.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';
import { assertSame, identityOf, type SourceFiles, type SourceInode } from './source-files.ts';
import { promised } from './violation.ts';

/** A file while it is read. */
interface Reading {
  readonly plan: SendPlan;
  readonly digests: DigestList;
  readonly hasher: Hash;
  /** Chunks that were read ahead of those before them. */
  readonly early: Map<number, Buffer>;
  hashedUpTo: number;
  inode: SourceInode | undefined;
  isClosed: boolean;
}

/** The real source core on files that change, carried out as `source.ts` and `file-reading.ts` do; one for each session. */
export class SimulatedSource {
  readonly #simulation: Simulation;
  readonly #process: SimulatedProcess;
  readonly #files: SourceFiles;
  readonly #outlet: AgentOutlet;
  readonly #state = initialSourceState();
  readonly #readings = new Map<string, Reading>();
  readonly #witness = new SendWitness();
  #isOver = false;

  constructor(simulation: Simulation, process: SimulatedProcess, files: SourceFiles, outlet: AgentOutlet) {
    this.#simulation = simulation;
    this.#process = process;
    this.#files = files;
    this.#outlet = outlet;
  }

  get hasForgotten(): boolean {
    return this.#state.transfers.size + this.#state.routes.size + this.#readings.size === 0;
  }

  sessionLost(): void {
    this.#on({ type: 'sessionLost' });
    this.#isOver = true;
  }

  onMessage(message: HubMessage): void {
    if (message.type === 'send' || message.type === 'window') {
      this.#witness.windowSet(message.route, message.windowBytes);
      const isBeyond = this.#simulation.mutant === 'a source sends beyond its window';
      const windowBytes = isBeyond ? 4 * message.windowBytes : message.windowBytes;
      if (message.type === 'window') this.#simulation.sightings.saw('a window was divided');
      if (message.type === 'window') this.#on({ type: 'windowChanged', route: message.route, windowBytes });
      else {
        for (const plan of message.transfers) this.#witness.asked(message.route, plan);
        const isHeldSent = this.#simulation.mutant === 'a source sends what is held';
        const transfers = isHeldSent ? message.transfers.map((plan) => ({ ...plan, held: [] })) : message.transfers;
        this.#on({ type: 'sendRequested', route: message.route, windowBytes, transfers });
      }
    }
    if (message.type === 'settled' || message.type === 'cancel') {
      for (const ref of message.transfers) {
        if (message.type === 'cancel' && this.#readings.has(keyOf(ref))) {
          this.#simulation.sightings.saw('a transfer was cancelled while it was sent');
        }
        this.#witness.ended(ref);
      }
      this.#on({ type: 'released', refs: message.transfers });
    }
  }

  /** The destination of the same agent waits for room. */
  release(refs: readonly TransferRef[]): void {
    for (const ref of refs) this.#witness.ended(ref);
    this.#on({ type: 'released', refs });
  }

  onAnswer(frame: AckFrame | NackFrame): void {
    const ref = { transfer: frame.transfer, attempt: frame.attempt };
    const present = this.#state.transfers.get(frame.transfer)?.plan.attempt ?? frame.attempt;
    if (frame.attempt < present)
      this.#simulation.sightings.saw('an answer of an older attempt was dropped by a source');
    if (frame.kind === 'ack') {
      this.#witness.acknowledged(ref, frame.chunkIndex);
      this.#on({ type: 'chunkAcked', ref, index: frame.chunkIndex });
    } else {
      this.#witness.nacked(ref, frame.chunkIndex);
      this.#on({ type: 'chunkNacked', ref, index: frame.chunkIndex, reason: frame.reason });
    }
  }

  #on(event: SourceEvent): void {
    if (this.#isOver) return;
    this.#simulation.world.note(`${this.#process.name} ${noteOf(event)}`);
    for (const effect of stepSource(this.#state, event).effects) this.#carryOut(effect);
  }

  #carryOut(effect: SourceEffect): void {
    switch (effect.type) {
      case 'openFile':
        this.#open(effect.plan, effect.totalChunks);
        return;
      case 'readChunk':
        this.#read(effect);
        return;
      case 'digestFile':
        this.#digest(effect.ref);
        return;
      case 'closeFile': {
        const reading = this.#readings.get(keyOf(effect.ref));
        this.#readings.delete(keyOf(effect.ref));
        if (reading !== undefined) reading.isClosed = true;
        return;
      }
      case 'reportSent': {
        const { ref, fileHash, chunkListHash } = effect;
        this.#outlet.sent({ ...ref, fileHash, chunkListHash });
        return;
      }
      case 'reportFailed':
        if (effect.failure.code === 'SOURCE_CHANGED') this.#simulation.sightings.saw('a source had changed');
        this.#witness.ended(effect.ref);
        this.#outlet.failed({ ...effect.ref, ...effect.failure });
        return;
      default:
        exhaustive(effect);
    }
  }

  #open(plan: SendPlan, totalChunks: number): void {
    const reading: Reading = {
      plan,
      digests: new DigestList(totalChunks),
      hasher: createHash('sha256'),
      early: new Map(),
      hashedUpTo: 0,
      inode: undefined,
      isClosed: false,
    };
    this.#readings.set(keyOf(plan), reading);
    this.#later(reading, () => {
      const inode = this.#files.open(finalName(plan.path));
      if (this.#simulation.mutant !== 'a source does not compare the identity of its file') {
        assertSame(plan.identity, inode);
      }
      reading.inode = inode;
      return { type: 'fileOpened', ref: refOf(plan) };
    });
  }

  #read({ plan, index, offset, length, last, deliver }: Extract<SourceEffect, { type: 'readChunk' }>): void {
    const reading = this.#readings.get(keyOf(plan));
    if (reading === undefined) return;
    if (deliver) this.#witness.sent(plan, index, length);
    this.#later(reading, () => {
      const raw = readFrom(reading.inode, offset, length);
      const digest = hashChunk(raw);
      reading.digests.set(index, digest);
      takeIn(reading, index, raw);
      if (deliver) {
        const header = {
          ...refOf(plan),
          chunkIndex: index,
          rawLength: length,
          digest,
          last,
          compression: 'none',
        } as const;
        this.#outlet.frame(encodeChunkFrame(header, raw));
      }
      return { type: 'chunkRead', ref: refOf(plan), index };
    });
  }

  #digest(ref: TransferRef): void {
    const reading = this.#readings.get(keyOf(ref));
    if (reading === undefined) return;
    const { plan, inode, digests, hasher } = reading;
    this.#later(reading, () => {
      if (this.#simulation.mutant !== 'a source does not compare the identity of its file') {
        assertSame(plan.identity, inode);
        const found = this.#files.find(finalName(plan.path));
        if (found !== inode) this.#simulation.sightings.saw('a source was replaced while it was read');
        assertSame(plan.identity, found);
      }
      const fileHash = hasher.copy().digest('hex');
      promised(
        'I7',
        fileHash === this.#files.hashOf(plan.identity),
        () => `the source vouches for ${keyOf(ref)}, which is not what was planned`,
      );
      return { type: 'fileDigested', ref, fileHash, chunkListHash: digests.hash() };
    });
  }

  #later(reading: Reading, work: () => SourceEvent): void {
    const { world, pace, mutant } = this.#simulation;
    const ref = refOf(reading.plan);
    this.#process.later(world.random() * pace.readMs, () => {
      if (this.#isOver) return;
      const isHeard = !reading.isClosed || mutant === 'what a closed reading answers is heard';
      let event: SourceEvent;
      try {
        event = work();
      } catch (thrown) {
        if (!(thrown instanceof FerryError)) throw thrown;
        event = { type: 'fileFailed', ref, failure: this.#failure(reading.plan, thrown) };
      }
      if (isHeard) this.#on(event);
    });
  }

  #failure(plan: SendPlan, { code, message }: FerryError): TransferFailure {
    const found = this.#files.find(finalName(plan.path));
    if (code !== 'SOURCE_CHANGED' || found === undefined) return { code, message };
    const identity = identityOf(found);
    return { code, message, present: { mode: 0o644, mtimeNs: identity.mtimeNs, identity } };
  }
}

/** The hash of the whole file takes the chunks in order. */
function takeIn(reading: Reading, index: number, raw: Buffer): void {
  if (index < reading.hashedUpTo) return;
  reading.early.set(index, raw);
  for (;;) {
    const next = reading.early.get(reading.hashedUpTo);
    if (next === undefined) return;
    reading.early.delete(reading.hashedUpTo);
    reading.hasher.update(next);
    reading.hashedUpTo += 1;
  }
}

/** @throws FerryError SOURCE_CHANGED when the file ends before. */
function readFrom(inode: SourceInode | undefined, offset: number, length: number): Buffer {
  const raw = Buffer.from((inode?.content ?? NOTHING).subarray(offset, offset + length));
  if (raw.length < length) throw new FerryError('SOURCE_CHANGED', 'It is shorter than it was.');
  return raw;
}

function noteOf(event: SourceEvent): string {
  if (event.type === 'sendRequested') return `${event.type} ${event.transfers.map(keyOf)}`;
  if (event.type === 'released') return `${event.type} ${event.refs.map(keyOf)}`;
  if (!('ref' in event)) return event.type;
  const code = event.type === 'fileFailed' ? ` ${event.failure.code}` : '';
  return `${event.type} ${keyOf(event.ref)}${'index' in event ? `#${event.index}` : ''}${code}`;
}

const NOTHING = Buffer.alloc(0);
