import {
  type AgentMessage,
  compileSelection,
  type Entry,
  FerryError,
  type HubMessage,
  type Skipped,
} from '@ferryline/engine';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { scan } from './scan.ts';

type ScanRequest = Extract<HubMessage, { type: 'scan' }>;

/** Entries of one page: small enough that the hub stores it in a few milliseconds. */
const PAGE_ENTRIES = 500;
/** Names of one page, in characters: keeps a page of very long paths far below the largest control message. */
const PAGE_NAME_CHARACTERS = 512 * 1024;
/** A skipped path is for people; of one longer than this they see the end. */
const MAX_SKIPPED_PATH = 4096;
/** Pages on their way to the hub: the walk goes on while one is being stored. */
const PAGES_AHEAD = 2;

/** Walks trees for the hub, a page at a time, never more than two pages ahead of what the hub has stored. */
export class Scanner {
  readonly #tree: DirectoryTree;
  readonly #send: (message: AgentMessage) => void;
  readonly #scans = new Map<number, { readonly abort: AbortController; taken: number; wake: () => void }>();

  constructor(tree: DirectoryTree, send: (message: AgentMessage) => void) {
    this.#tree = tree;
    this.#send = send;
  }

  start(request: ScanRequest): void {
    this.cancel(request.run);
    const scan = { abort: new AbortController(), taken: -1, wake: () => undefined };
    this.#scans.set(request.run, scan);
    this.#walk(request, scan)
      .catch((thrown: unknown) => {
        if (scan.abort.signal.aborted) return;
        const { code, message } = FerryError.from(thrown);
        this.#send({ type: 'runFailed', run: request.run, code, message });
      })
      .finally(() => {
        if (this.#scans.get(request.run) === scan) this.#scans.delete(request.run);
      });
  }

  /** The hub has stored a page: the walk may go on. */
  taken(run: number, page: number): void {
    const scan = this.#scans.get(run);
    if (scan === undefined) return;
    scan.taken = Math.max(scan.taken, page);
    scan.wake();
  }

  cancel(run: number): void {
    const scan = this.#scans.get(run);
    this.#scans.delete(run);
    scan?.abort.abort();
    scan?.wake();
  }

  close(): void {
    for (const run of [...this.#scans.keys()]) this.cancel(run);
  }

  async #walk(
    request: ScanRequest,
    progress: { abort: AbortController; taken: number; wake: () => void },
  ): Promise<void> {
    const { signal } = progress.abort;
    let page = 0;
    let entries: Entry[] = [];
    let skipped: Skipped[] = [];
    let characters = 0;
    const hand = (last: boolean): void => {
      this.#send({ type: 'entries', run: request.run, page, entries, skipped, last });
      page += 1;
      entries = [];
      skipped = [];
      characters = 0;
    };
    const selection = compileSelection(request);
    for await (const item of scan(this.#tree, request.path, selection, signal)) {
      if ('found' in item) {
        entries.push(item.found);
        characters += item.found.names.reduce((sum, name) => sum + name.length, 0);
      } else {
        skipped.push({ ...item.skipped, path: item.skipped.path.slice(-MAX_SKIPPED_PATH) });
        characters += item.skipped.path.length;
      }
      if (entries.length + skipped.length < PAGE_ENTRIES && characters < PAGE_NAME_CHARACTERS) continue;
      hand(false);
      while (page - progress.taken > PAGES_AHEAD && !signal.aborted) {
        await new Promise<void>((resolve) => {
          progress.wake = resolve;
        });
      }
      if (signal.aborted) return;
    }
    if (!signal.aborted) hand(true);
  }
}
