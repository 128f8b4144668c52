import { type AgentMessage, FerryError, type HubMessage } from '@ferryline/engine';
import type { ScannedPage, ScanQuestion } from '../dispatch/tree-scanner.ts';
import { answeredFailure } from './answered-failure.ts';

/** Each of them walks a tree at the agent, beside those of runs. */
const MAX_OPEN = 4;
/** Agents send no more than two pages ahead (PROTOCOL.md). */
const MAX_PAGES_AHEAD = 3;
/** Numbers of scans that are of no run count down from the largest; runs count up from 1 and never meet them. */
const LOWEST_NUMBER = 2 ** 52;

interface OpenScan {
  readonly pages: ScannedPage[];
  nextPage: number;
  failure: FerryError | undefined;
  wake: () => void;
}

/** Scans of one agent for whoever waits for them, told from those of runs by their numbers. */
export class TreeScans {
  readonly #agentName: string;
  readonly #send: (message: HubMessage) => void;
  readonly #open = new Map<number, OpenScan>();
  #nextNumber = Number.MAX_SAFE_INTEGER;
  #ended: FerryError | undefined;

  constructor(agentName: string, send: (message: HubMessage) => void) {
    this.#agentName = agentName;
    this.#send = send;
  }

  /** See `TreeScanner.scan`. */
  async *scan(question: ScanQuestion, signal: AbortSignal): AsyncGenerator<ScannedPage> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#open.size >= MAX_OPEN) {
      throw new FerryError('RATE_LIMITED', `Agent ${this.#agentName} makes ${MAX_OPEN} plans already. Try again.`);
    }
    const run = this.#nextNumber;
    this.#nextNumber -= 1;
    const scan: OpenScan = { pages: [], nextPage: 0, failure: undefined, wake: () => undefined };
    this.#open.set(run, scan);
    const wake = (): void => scan.wake();
    signal.addEventListener('abort', wake);
    try {
      this.#send({ type: 'scan', run, ...question });
      for (;;) {
        const page = await nextPage(scan, signal);
        if (page === undefined) return;
        if (page.last) this.#open.delete(run);
        yield page;
        if (page.last) return;
        this.#send({ type: 'entriesTaken', run, page: page.page });
      }
    } finally {
      signal.removeEventListener('abort', wake);
      if (this.#open.delete(run)) this.#send({ type: 'cancelScan', run });
    }
  }

  /** A page, or a failure, came; returns whether it is of a scan here, or of one that was here. */
  heard(message: ScannedPage | Extract<AgentMessage, { type: 'runFailed' }>): boolean {
    if (message.run < LOWEST_NUMBER) return false;
    const scan = this.#open.get(message.run);
    if (scan === undefined) return true;
    if (message.type === 'runFailed') {
      this.#open.delete(message.run);
      scan.failure = answeredFailure(this.#agentName, message);
    } else if (message.page !== scan.nextPage || scan.pages.length >= MAX_PAGES_AHEAD) {
      scan.failure = new FerryError('PROTOCOL', `Agent ${this.#agentName} sent pages that it was not asked for.`);
    } else {
      scan.nextPage += 1;
      scan.pages.push(message);
    }
    scan.wake();
    return true;
  }

  /** The session is over: nothing more comes. */
  end(): void {
    this.#ended = new FerryError('AGENT_OFFLINE', `Agent ${this.#agentName} went away before it answered. Try again.`);
    for (const scan of this.#open.values()) {
      scan.failure = this.#ended;
      scan.wake();
    }
    this.#open.clear();
  }
}

/** Undefined when nobody waits any more. @throws the scan's failure, after the pages before it. */
async function nextPage(scan: OpenScan, signal: AbortSignal): Promise<ScannedPage | undefined> {
  while (!signal.aborted) {
    const page = scan.pages.shift();
    if (page !== undefined) return page;
    if (scan.failure !== undefined) throw scan.failure;
    await new Promise<void>((resolve) => {
      scan.wake = resolve;
    });
  }
  return undefined;
}
