import { Worker } from 'node:worker_threads';
import { FerryError } from '@ferryline/engine';
import { SqliteError } from './sqlite-error.ts';
import type { SqliteAnswer, SqliteGreeting, SqliteOutcome, SqliteRequest } from './sqlite-messages.ts';

const WORKER = new URL('./sqlite-worker.ts', import.meta.url);

interface Waiting {
  readonly resolve: (outcome: SqliteOutcome) => void;
  readonly reject: (error: Error) => void;
}

export interface SqliteThreadOptions {
  /** The database, made when there is none. */
  readonly file: string;
  /** Hears when an open database is gone because its thread ended by itself. */
  readonly onLost?: (error: FerryError) => void;
  /** What the thread runs. */
  readonly script?: URL;
}

/** The embedded database as the hub's thread sees it: asks, and waits for answers, which come in the order of the questions. */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #opened = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #onLost: (error: FerryError) => void;
  #lastId = 0;
  #isOpen = false;
  #isClosing = false;
  #failure: FerryError | undefined;

  constructor({ file, onLost = () => undefined, script = WORKER }: SqliteThreadOptions) {
    this.#onLost = onLost;
    this.#worker = new Worker(script, { workerData: file, name: 'database' });
    this.#worker.once('message', (greeting: SqliteGreeting) => this.#greeted(greeting));
    this.#worker.once('error', (error) => this.#end(error));
    this.#worker.once('exit', () => this.#end(undefined));
    // Whoever asks hears of it; a database that nobody asks for anything harms nobody.
    this.#opened.promise.catch(() => undefined);
  }

  /** Resolves when the database is open. @throws SqliteError */
  opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** @throws SqliteError when SQLite refuses, FerryError INTERNAL when the thread is gone. */
  async execute(sql: string, parameters: readonly unknown[]): Promise<SqliteOutcome> {
    await this.#opened.promise;
    if (this.#failure !== undefined || this.#isClosing) throw this.#failure ?? closed();
    this.#lastId += 1;
    const request: SqliteRequest = { id: this.#lastId, sql, parameters };
    const { promise, resolve, reject } = Promise.withResolvers<SqliteOutcome>();
    this.#waiting.set(request.id, { resolve, reject });
    try {
      this.#worker.postMessage(request);
    } catch (cause) {
      this.#waiting.delete(request.id);
      throw cause;
    }
    return promise;
  }

  /** Lets the thread finish what it was asked, close the file and end. May be called twice. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#worker.postMessage('close');
    }
    await this.#ended.promise;
  }

  #greeted(greeting: SqliteGreeting): void {
    if (greeting.opened) {
      this.#worker.on('message', (answer: SqliteAnswer) => this.#answered(answer));
      this.#isOpen = true;
      this.#opened.resolve();
    } else {
      this.#opened.reject(new SqliteError(greeting.failure));
    }
  }

  #answered(answer: SqliteAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('outcome' in answer) waiting?.resolve(answer.outcome);
    else waiting?.reject(new SqliteError(answer.failure));
  }

  /** The thread is gone: nobody waits for it any more. */
  #end(cause: unknown): void {
    this.#failure ??= new FerryError('INTERNAL', 'The thread of the database ended. Start the hub again.', { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#opened.reject(this.#failure);
    this.#ended.resolve();
    if (this.#isOpen && !this.#isClosing) this.#onLost(this.#failure);
    this.#isOpen = false;
  }
}

function closed(): FerryError {
  return new FerryError('INTERNAL', 'The database is closed.');
}
