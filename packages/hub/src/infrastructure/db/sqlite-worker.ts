import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './sqlite-connection.ts';
import type { SqliteAnswer, SqliteFailure, SqliteGreeting, SqliteRequest } from './sqlite-messages.ts';

/** The thread of the embedded database: carries out one statement after the other, so that no fsync keeps the relay waiting. */

const port = parentPort;
if (port === null) throw new Error('this file is the beginning of a worker thread');

const connection = open(String(workerData));
if (connection !== undefined) {
  port.on('message', (request: SqliteRequest | 'close') => {
    if (request === 'close') {
      connection.close();
      port.close();
    } else {
      port.postMessage(answer(connection, request));
    }
  });
}

function open(file: string): SqliteConnection | undefined {
  try {
    const opened = new SqliteConnection(file);
    port?.postMessage({ opened: true } satisfies SqliteGreeting);
    return opened;
  } catch (thrown) {
    port?.postMessage({ opened: false, failure: failureOf(thrown) } satisfies SqliteGreeting);
    port?.close();
    return undefined;
  }
}

function answer(database: SqliteConnection, { id, sql, parameters }: SqliteRequest): SqliteAnswer {
  try {
    return { id, outcome: database.execute(sql, parameters) };
  } catch (thrown) {
    return { id, failure: failureOf(thrown) };
  }
}

function failureOf(thrown: unknown): SqliteFailure {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const errcode = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'errcode') : undefined;
  return { message, ...(typeof errcode === 'number' && { errcode }) };
}
