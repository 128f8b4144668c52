import { randomBytes } from 'node:crypto';
import { type FSWatcher, mkdirSync, watch, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { type Party, ThreeProcesses } from '../system/three-processes.ts';
import { treeDifferences } from '../system/tree-differences.ts';

const MIB = 2 ** 20;
const LARGE_BYTES = 48 * MIB;
const SMALL_FILES = 200;
const WINDOW_BYTES = 8 * MIB;
/** Beside the content: what small files and frames take. */
const FRAMING_BYTES = MIB;
/** Longer than three heartbeats of a second: whoever is frozen is given up, and comes back with stale beliefs. */
const FROZEN_MS = 5_000;
/** Nothing that is well takes this long. */
const PATIENCE_MS = 120_000;

/** So long the destination is away at first, when the relay stores: by then much of the copy is on its disk. */
const AWAY_MS = 2_000;

export const transports = ['websocket', 'polling'] as const;
/** `direct`: both agents are there; `stored`: the destination comes later, and gets what the hub has stored. */
export const relays = ['direct', 'stored'] as const;

export interface Setting {
  readonly transport: (typeof transports)[number];
  readonly relay: (typeof relays)[number];
}

/** Who is disturbed, how, and when: a share of the time that a copy takes undisturbed, so that every phase of it has its turn. */
export interface Case {
  readonly victim: Party;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly at: number;
}

export interface Outcome {
  readonly isIdentical: boolean;
  readonly isPublishedOnce: boolean;
  /** What the source sent beyond one copy of the content, in bytes on the network. */
  readonly sentAgainBytes: number;
  readonly ms: number;
  /** What was promised and did not hold. */
  readonly problems: readonly string[];
}

/** A hub and two agents with something to copy, again and again, each time with another disturbance. */
export class MatrixStage {
  readonly #three: ThreeProcesses;
  readonly #relay: Setting['relay'];
  #copies = 0;
  undisturbedMs = 0;

  private constructor(three: ThreeProcesses, relay: Setting['relay']) {
    this.#three = three;
    this.#relay = relay;
  }

  static async set({ transport, relay }: Setting): Promise<MatrixStage> {
    const settings = { windowBytes: WINDOW_BYTES, heartbeatSeconds: 1, transport };
    const stage = new MatrixStage(await ThreeProcesses.start(settings), relay);
    const tree = join(stage.#three.folder, 'source', 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'large'), randomBytes(LARGE_BYTES));
    for (let at = 0; at < SMALL_FILES; at += 1) writeFileSync(join(tree, `small-${at}`), `content of ${at}`);
    stage.undisturbedMs = (await stage.#copy(async () => undefined)).ms;
    return stage;
  }

  disturb({ victim, signal, at }: Case): Promise<Outcome> {
    // A destination that is not there yet is not disturbed.
    const fromMs = this.#relay === 'stored' && victim === 'destination' ? AWAY_MS : 0;
    return this.#copy(async (arrived) => {
      await passed(fromMs + at * (this.undisturbedMs - fromMs));
      if (victim === 'destination') await arrived;
      if (signal === 'SIGKILL') {
        await this.#three.kill(victim);
        await this.#three.restart(victim);
      } else {
        this.#three.freeze(victim);
        await passed(FROZEN_MS);
        this.#three.thaw(victim);
      }
    });
  }

  close(): Promise<void> {
    return this.#three.close();
  }

  /** @param disturb - hears when the destination is there */
  async #copy(disturb: (arrived: Promise<void>) => Promise<void>): Promise<Outcome> {
    this.#copies += 1;
    const three = this.#three;
    const to = `copy-${this.#copies}`;
    const [tree, received] = [join(three.folder, 'source', 'tree'), join(three.folder, 'destination', to)];
    // It is there before, so that from the first moment everything that gets a name in it is seen.
    mkdirSync(received);
    using appearances = new Appearances(received);
    if (this.#relay === 'stored') await three.kill('destination');
    // What the hub has not accepted is not promised: the moments are counted from here.
    const sentBefore = three.sentBytes;
    const run = await three.accepted('tree', to);
    const beganAt = performance.now();
    const arrived =
      this.#relay === 'stored' ? passed(AWAY_MS).then(() => three.restart('destination')) : Promise.resolve();
    await Promise.all([arrived, disturb(arrived)]);
    const watched = three.ferry('runs', 'watch', `${run}`);
    const ended = await Promise.race([watched, passed(PATIENCE_MS, undefined, { ref: false })]);
    const ms = performance.now() - beganAt;
    const differences = await differencesBelow(tree, received);
    const isIdentical = differences.length === 0;
    const twice = appearances.twice();
    const sentAgainBytes = Math.max(0, three.sentBytes - sentBefore - LARGE_BYTES - FRAMING_BYTES);
    const problems = [
      ...(ended === undefined ? [`it had not ended after ${PATIENCE_MS / 1_000} s`] : []),
      ...(ended !== undefined && ended.exitCode !== 0 ? [`ended with ${ended.exitCode}: ${ended.stderr}`] : []),
      ...(isIdentical ? [] : [`what arrived is not what was sent: ${differences.slice(0, 4).join(', ')}`]),
      ...(twice.length === 0 ? [] : [`published more than once: ${twice.join(', ')}`]),
      ...(sentAgainBytes <= WINDOW_BYTES ? [] : [`${sentAgainBytes} bytes were sent again, more than the window`]),
    ];
    return { isIdentical, isPublishedOnce: twice.length === 0, sentAgainBytes, ms, problems };
  }
}

/** How often each name appeared in a directory: a file that is published appears once. */
class Appearances {
  readonly #watcher: FSWatcher;
  readonly #counts = new Map<string, number>();

  constructor(directory: string) {
    this.#watcher = watch(directory, (event, name) => {
      // Its own name stands for the directory itself, whose mode and time are set.
      if (event !== 'rename' || name === null || name === basename(directory) || name.startsWith('.ferry-')) return;
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    });
  }

  twice(): readonly string[] {
    return [...this.#counts].filter(([, count]) => count > 1).map(([name]) => name);
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}

/** But for the directory itself, which was there before with a time of its own. */
async function differencesBelow(tree: string, received: string): Promise<readonly string[]> {
  return (await treeDifferences(tree, received)).filter((line) => !/^[-+] "" /.test(line));
}
