import type { AgentMessage, Entry, HubMessage } from '@ferryline/engine';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

type ScanRequest = Extract<HubMessage, { type: 'scan' }>;

/** Entries of one page, and how many pages may be on their way: small, so that a few files make several. */
const PAGE_ENTRIES = 2;
const PAGES_AHEAD = 2;

/** Walks a tree for the hub as `scanner.ts` does, a page at a time, never more than two ahead of what the hub has stored. */
export class SimulatedScan {
  readonly #simulation: Simulation;
  readonly #process: SimulatedProcess;
  readonly #run: number;
  readonly #left: Entry[];
  readonly #send: (message: AgentMessage & { type: 'entries' }) => void;
  #page = 0;
  #taken = -1;
  #isWalking = false;
  #isOver = false;

  constructor(
    simulation: Simulation,
    process: SimulatedProcess,
    request: ScanRequest,
    entries: readonly Entry[],
    send: (message: AgentMessage & { type: 'entries' }) => void,
  ) {
    this.#simulation = simulation;
    this.#process = process;
    this.#run = request.run;
    this.#left = [...entries];
    this.#send = send;
    this.#walk();
  }

  taken(page: number): void {
    this.#taken = Math.max(this.#taken, page);
    this.#walk();
  }

  cancel(): void {
    this.#isOver = true;
  }

  #walk(): void {
    if (this.#isWalking || this.#isOver || this.#page - this.#taken > PAGES_AHEAD) return;
    this.#isWalking = true;
    const { world, pace } = this.#simulation;
    this.#process.later(world.random() * pace.readMs, () => {
      if (this.#isOver) return;
      this.#isWalking = false;
      const entries = this.#left.splice(0, PAGE_ENTRIES);
      const last = this.#left.length === 0;
      this.#send({ type: 'entries', run: this.#run, page: this.#page, entries, skipped: [], last });
      this.#page += 1;
      this.#isOver = last;
      this.#walk();
    });
  }
}
