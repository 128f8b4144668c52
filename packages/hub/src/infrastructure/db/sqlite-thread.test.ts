import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { SqliteThreadDialect } from './sqlite-dialect.ts';
import { SqliteThread } from './sqlite-thread.ts';

/** A thread that opens, and dies of the first thing that it is asked. */
const dying = scripted("parentPort.postMessage({ opened: true }); parentPort.once('message', () => process.exit(1));");
const neverOpening = scripted('process.exit(1);');

function scripted(body: string): URL {
  const text = `import { parentPort } from 'node:worker_threads'; ${body}`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

const GONE = 'The thread of the database ended. Start the hub again.';

test('whoever waits for a thread that dies hears of it, and so does whoever asks later', async () => {
  const lost = Promise.withResolvers<Error>();
  const thread = new SqliteThread({ file: 'unused', script: dying, onLost: lost.resolve });
  const db = new Kysely<unknown>({ dialect: new SqliteThreadDialect(thread) });
  const waiting = [
    sql`select 1`.execute(db),
    sql`select 2`.execute(db),
    db.transaction().execute((transaction) => sql`select 3`.execute(transaction)),
  ];

  expect(await Promise.allSettled(waiting)).toEqual(
    waiting.map(() => ({ status: 'rejected', reason: expect.objectContaining({ message: GONE }) })),
  );
  await expect(sql`select 4`.execute(db)).rejects.toThrow(GONE);
  expect(await lost.promise).toMatchObject({ code: 'INTERNAL', message: GONE });
  await db.destroy();
});

test('a thread that dies before it is open is no database', async () => {
  const lost: Error[] = [];
  const thread = new SqliteThread({ file: 'unused', script: neverOpening, onLost: (error) => lost.push(error) });

  await expect(thread.opened()).rejects.toThrow(GONE);
  await thread.close();
  expect(lost).toEqual([]);
});

test('what cannot cross into the thread is refused, and harms nothing else', async () => {
  const thread = new SqliteThread({ file: ':memory:' });

  await expect(thread.execute('select ?', [() => 1])).rejects.toThrow('could not be cloned');
  expect((await thread.execute('select ? as one', [1])).result).toEqual({ columns: ['one'], rows: [[1]] });
  await thread.close();
});
