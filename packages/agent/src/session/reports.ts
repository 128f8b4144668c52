import { type AgentMessage, MAX_ITEMS_PER_MESSAGE, type TransferRef } from '@ferryline/engine';
import { WorkSigns } from './work-signs.ts';

type Item<Type extends AgentMessage['type']> =
  Extract<AgentMessage, { type: Type }> extends { transfers: (infer Each)[] } ? Each : never;

/**
 * What source and destination have to say about transfers, gathered for one turn of the event loop, so that hundreds of small
 * files share one message. Order is kept within each kind; between kinds it does not matter (DESIGN.md promise 7).
 */
export class AgentReports {
  readonly #send: (message: AgentMessage) => void;
  #receiving: Item<'receiving'>[] = [];
  #sent: Item<'sent'>[] = [];
  #finished: Item<'finished'>[] = [];
  #failed: Item<'failed'>[] = [];
  #waiting: Item<'waiting'>[] = [];
  #isScheduled = false;
  readonly #signs: WorkSigns;

  constructor(send: (message: AgentMessage) => void) {
    this.#send = send;
    this.#signs = new WorkSigns(send);
  }

  /** A piece of work is done that shows in nothing else. */
  worked(ref: TransferRef): void {
    this.#signs.worked(ref);
  }

  receiving(item: Item<'receiving'>): void {
    this.#receiving.push(item);
    this.#schedule();
  }

  sent(item: Item<'sent'>): void {
    this.#sent.push(item);
    this.#schedule();
  }

  finished(item: Item<'finished'>): void {
    this.#finished.push(item);
    this.#schedule();
  }

  failed(item: Item<'failed'>): void {
    this.#failed.push(item);
    this.#schedule();
  }

  waiting(item: Item<'waiting'>): void {
    this.#waiting.push(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const transfers of pieces(this.#receiving)) this.#send({ type: 'receiving', transfers });
    for (const transfers of pieces(this.#sent)) this.#send({ type: 'sent', transfers });
    for (const transfers of pieces(this.#finished)) this.#send({ type: 'finished', transfers });
    for (const transfers of pieces(this.#failed)) this.#send({ type: 'failed', transfers });
    for (const transfers of pieces(this.#waiting)) this.#send({ type: 'waiting', transfers });
    this.#receiving = [];
    this.#sent = [];
    this.#finished = [];
    this.#failed = [];
    this.#waiting = [];
  }
}

function* pieces<T>(items: readonly T[]): Generator<T[]> {
  for (let from = 0; from < items.length; from += MAX_ITEMS_PER_MESSAGE) {
    yield items.slice(from, from + MAX_ITEMS_PER_MESSAGE);
  }
}
