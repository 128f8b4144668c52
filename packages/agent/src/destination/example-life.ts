import {
  type AgentMessage,
  type ChunkFrame,
  type ChunkRanges,
  DigestList,
  decodeFrames,
  encodeChunkFrame,
  hashChunk,
  type RootPath,
} from '@ferryline/engine';
import pino from 'pino';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { AgentReports } from '../session/reports.ts';
import type { ReceivePlan } from './core/events.ts';
import { Destination } from './destination.ts';
import { DestinationJournal } from './journal/destination-journal.ts';

/** One transfer of three chunks, and what a hub says about it, for tests. */
export const REF = { transfer: 7, attempt: 1 };
export const CHUNK = 1024 * 1024;
export const CONTENT = Buffer.concat([Buffer.alloc(CHUNK, 'a'), Buffer.alloc(CHUNK, 'b'), Buffer.from('the end')]);

/** One life of a destination: what the hub says to it, and what it answers. */
export class DestinationLife {
  readonly destination: Destination;
  readonly #path: RootPath;
  readonly #answers: AgentMessage[] = [];
  readonly #acks: number[] = [];
  #heard = Promise.withResolvers<void>();

  /** @param hearsWaiting - whether the hub is one that does */
  constructor(tree: DirectoryTree, stateDir: string, path: RootPath, hearsWaiting = true) {
    const logger = pino({ level: 'silent' });
    this.#path = path;
    this.destination = new Destination(tree, DestinationJournal.open(stateDir, logger), logger);
    const sendFrame = (bytes: Buffer): void => {
      for (const { frame } of decodeFrames(bytes)) this.#acks.push(frame.chunkIndex);
      this.#wake();
    };
    const reports = new AgentReports((message) => {
      this.#answers.push(message);
      this.#wake();
    });
    this.destination.attach({ reports, sendFrame, hearsWaiting, waits: () => undefined });
  }

  /** What it says that it holds, or that it is finished. */
  async receive(rest: Partial<ReceivePlan> = {}): Promise<'finished' | ChunkRanges> {
    this.#ask(rest);
    const answer = await this.#answer();
    if (answer.type === 'finished') return 'finished';
    if (answer.type !== 'receiving') throw new Error(`It answered ${JSON.stringify(answer)}`);
    return answer.transfers[0]?.held ?? [];
  }

  #ask(rest: Partial<ReceivePlan>): void {
    const plan: ReceivePlan = {
      ...REF,
      path: this.#path,
      size: CONTENT.length,
      chunkSize: CHUNK,
      mode: 0o644,
      mtimeNs: '0',
      existing: 'replace',
      ...rest,
    };
    this.destination.onReceive({ type: 'receive', transfers: [plan] });
  }

  /** Hands it a chunk, and waits until it is acknowledged. */
  async take(index: number): Promise<void> {
    this.destination.onChunk(frameOf(index));
    await this.#until(() => this.#acks.includes(index));
  }

  /** Hands it a chunk that it does not take; returns what it says to that. */
  async takeInVain(index: number): Promise<AgentMessage> {
    this.destination.onChunk(frameOf(index));
    return this.#answer();
  }

  /** Asks it to receive, which it cannot; returns what it says to that. */
  async receiveInVain(rest: Partial<ReceivePlan> = {}): Promise<AgentMessage> {
    this.#ask(rest);
    return this.#answer();
  }

  /** Tells it what the whole file is, and waits until it stands at its path. */
  async finish(): Promise<void> {
    this.destination.onFinish({ type: 'finish', transfers: [{ ...REF, ...proof() }] });
    const answer = await this.#answer();
    if (answer.type !== 'finished') throw new Error(`It answered ${JSON.stringify(answer)}`);
  }

  async #answer(): Promise<AgentMessage> {
    await this.#until(() => this.#answers.length > 0);
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#heard.promise;
  }

  #wake(): void {
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

function chunkOf(index: number): Buffer {
  return CONTENT.subarray(index * CHUNK, (index + 1) * CHUNK);
}

function frameOf(index: number): ChunkFrame {
  const raw = chunkOf(index);
  const header = { ...REF, chunkIndex: index, rawLength: raw.length, digest: hashChunk(raw) };
  const [decoded] = decodeFrames(encodeChunkFrame({ ...header, compression: 'none', last: index === 2 }, raw));
  if (decoded?.frame.kind !== 'chunk') throw new Error('not a chunk');
  return decoded.frame;
}

function proof(): { readonly fileHash: string; readonly chunkListHash: string } {
  const digests = new DigestList(3);
  for (const index of [0, 1, 2]) digests.set(index, hashChunk(chunkOf(index)));
  return { fileHash: hashChunk(CONTENT).toString('hex'), chunkListHash: digests.hash() };
}
