import { randomBytes } from 'node:crypto';
import { type FSWatcher, mkdirSync, watch, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { type Party, ThreeProcesses } from '../system/three-processes.ts';
import { treeListing } from '../system/tree-listing.ts';

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

/** Who is disturbed, how, and when: a share of the time that a copy takes undisturbed, so that every phase of it has its turn. */
export interface Case {
  readonly victim: Party;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  readonly at: number;
}

export interface Outcome {
  readonly isIdentical: boolean;
  readonly isPublishedOnce: boolean;
  /** Bytes on the wire beyond one copy of the content, as the hub counts them. */
  readonly sentAgainBytes: number;
  readonly ms: number;
  /** What was promised and did not hold. */
  readonly problems: readonly string[];
}

/** A hub and two agents with something to copy, again and again, each time with another disturbance. */
export class MatrixStage {
  readonly #three: ThreeProcesses;
  #copies = 0;
  undisturbedMs = 0;

  private constructor(three: ThreeProcesses) {
    this.#three = three;
  }

  static async set(): Promise<MatrixStage> {
    const stage = new MatrixStage(await ThreeProcesses.start({ windowBytes: WINDOW_BYTES, heartbeatSeconds: 1 }));
    const tree = join(stage.#three.folder, 'source', 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'large'), randomBytes(LARGE_BYTES));
    for (let at = 0; at < SMALL_FILES; at += 1) writeFileSync(join(tree, `small-${at}`), `content of ${at}`);
    stage.undisturbedMs = (await stage.#copy(async () => undefined)).ms;
    return stage;
  }

  disturb({ victim, signal, at }: Case): Promise<Outcome> {
    return this.#copy(async () => {
      await passed(at * this.undisturbedMs);
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

  async #copy(disturb: () => Promise<void>): Promise<Outcome> {
    this.#copies += 1;
    const three = this.#three;
    const to = `copy-${this.#copies}`;
    const [tree, received] = [join(three.folder, 'source', 'tree'), join(three.folder, 'destination', to)];
    // It is there before, so that from the first moment everything that gets a name in it is seen.
    mkdirSync(received);
    using appearances = new Appearances(received);
    // What the hub has not accepted is not promised: the moments are counted from here.
    const run = await three.accepted('tree', to);
    const beganAt = performance.now();
    await disturb();
    const watched = three.ferry('runs', 'watch', `${run}`);
    const ended = await Promise.race([watched, passed(PATIENCE_MS, undefined, { ref: false })]);
    const ms = performance.now() - beganAt;
    const isIdentical = (await linesOf(tree)).join() === (await linesOf(received)).join();
    const twice = appearances.twice();
    const sentAgainBytes = Math.max(0, (await three.wireBytes()) - LARGE_BYTES - FRAMING_BYTES);
    const problems = [
      ...(ended === undefined ? [`it had not ended after ${PATIENCE_MS / 1_000} s`] : []),
      ...(ended !== undefined && ended.exitCode !== 0 ? [`ended with ${ended.exitCode}: ${ended.stderr}`] : []),
      ...(isIdentical ? [] : ['what arrived is not what was sent']),
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

/** Without the line of the directory itself, which was there before with times of its own. */
async function linesOf(directory: string): Promise<readonly string[]> {
  return (await treeListing(directory)).slice(1);
}
