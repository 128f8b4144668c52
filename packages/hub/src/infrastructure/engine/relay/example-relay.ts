import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransferRef } from '@ferryline/engine';
import { pino } from 'pino';
import { exampleFrame } from './example-frame.ts';
import { RelayStore, type RelayStoreParts } from './relay-store.ts';

const GIB = 2 ** 30;

/** A relay on disk in a directory of its own, for tests; with more room than they need, unless they say otherwise. */
export class ExampleRelay {
  readonly #folder: string;
  readonly #claims: RelayStoreParts['claims'];
  #store: RelayStore | undefined;

  private constructor(folder: string, claims: RelayStoreParts['claims']) {
    this.#folder = folder;
    this.#claims = claims;
  }

  static async open(claims: RelayStoreParts['claims']): Promise<ExampleRelay> {
    const relay = new ExampleRelay(await mkdtemp(join(tmpdir(), 'ferry-relay-')), claims);
    await relay.reopen();
    return relay;
  }

  get store(): RelayStore {
    if (this.#store === undefined) throw new Error('The relay is not open.');
    return this.#store;
  }

  get directory(): string {
    return join(this.#folder, 'relay');
  }

  /** The next life of the hub, with other parts. */
  async reopen(parts: Partial<RelayStoreParts> = {}): Promise<void> {
    await this.#store?.close();
    this.#store = await RelayStore.open({
      directory: this.directory,
      claims: this.#claims,
      quotaBytes: GIB,
      diskSpace: async () => ({ freeBytes: 1_000 * GIB, totalBytes: 1_000 * GIB }),
      logger: pino({ level: 'silent' }),
      ...parts,
    });
  }

  /** Stores a chunk, `exampleContent` when there is none. */
  append(ref: TransferRef, index: number, content?: Buffer): Promise<void> {
    const { frame, bytes } = exampleFrame(ref, index, content);
    return this.store.append(frame, bytes);
  }

  /** Where the chunks of an attempt are. */
  pathOf({ transfer, attempt }: TransferRef): string {
    return join(this.directory, `${transfer}.${attempt}.frames`);
  }

  /** How long that file is, in bytes. */
  async sizeOf(ref: TransferRef): Promise<number> {
    return (await stat(this.pathOf(ref))).size;
  }

  /** Which files of the relay this process has open; on Linux. */
  async openFiles(): Promise<readonly string[]> {
    const fds = await readdir('/proc/self/fd');
    const paths = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    return paths.filter((path) => path.startsWith(this.directory));
  }

  /** Closes it, and removes the directory. */
  async remove(): Promise<void> {
    await this.#store?.close();
    await rm(this.#folder, { recursive: true });
  }
}
