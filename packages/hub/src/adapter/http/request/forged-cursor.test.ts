import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { type AskedOperation, operationsOf } from '../any-request.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';
import { ExampleThings, type Kind } from '../example-things.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let things: ExampleThings;

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db, { options: { requestsPerMinute: 1_000_000 } });
  await hub.app.ready();
  things = await ExampleThings.of(hub);
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

const textSorts: ReadonlySet<string> = new Set(['email', 'filename', 'name']);
/** What no column to sort by can hold, whatever its kind. */
const impossible: readonly unknown[] = ['a\0b', '\ud800', 1.5, 1e300, 2 ** 60, true, null, [1]];

interface Order {
  readonly query: string;
  readonly by: string;
  readonly direction: string;
}

function ordersOf({ path, parameters = [] }: AskedOperation): readonly Order[] {
  const choices: unknown = parameters.find(({ name }) => name === 'sort')?.schema.enum;
  const sorts = Array.isArray(choices) ? choices.map(String) : [];
  const order = (sort: string) => ({
    query: `sort=${sort}&`,
    by: sort.replace('-', ''),
    direction: sort.startsWith('-') ? 'desc' : 'asc',
  });
  // The issues of a run come as they came up, everything else newest first.
  const usual = { query: '', by: 'id', direction: path.endsWith('/issues') ? 'asc' : 'desc' };
  return [usual, ...sorts.map(order)];
}

/** A cursor as this hub would have made it, and many as it never would. */
function cursorsOf({ by, direction }: Order): { readonly fit: string; readonly forged: readonly string[] } {
  const [value, other] = textSorts.has(by) ? ['x', 1] : [1, 'x'];
  const parts = [
    ...[other, ...impossible].map((each) => [by, direction, each, 1]),
    ...['1', 1.5, 2 ** 60, null].map((id) => [by, direction, value, id]),
    ...[[], [by, direction], [by, direction, value, 1, 1], ['id; drop table users', direction, value, 1], {}, null],
  ];
  const texts = [...parts.map((each) => JSON.stringify(each)), '[', ' ', 'k1'];
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  return { fit: encoded(JSON.stringify([by, direction, value, 1])), forged: texts.map(encoded) };
}

async function urlOf({ path }: AskedOperation): Promise<string> {
  const [kind = ''] = path.replace('/api/v1/', '').split('/');
  return path.includes('{') ? path.replace(/\{\w+\}/, String(await things.make(kind as Kind, things.owner))) : path;
}

describe('a cursor that somebody made up', () => {
  test('A61: is refused, whatever is in it, by every listing in every order', async () => {
    const operations = operationsOf((await hub.app.inject({ url: '/api/v1/openapi.json' })).json());
    // Those of sign-ins are the ids of sign-ins.
    const listings = operations.filter(
      ({ path, parameters }) => path !== '/api/v1/auth/sign-ins' && parameters?.some(({ name }) => name === 'cursor'),
    );
    const headers = { authorization: `Bearer ${things.admin.credential}` };
    const wrong: string[] = [];
    for (const listing of listings) {
      const url = await urlOf(listing);
      for (const order of ordersOf(listing)) {
        const { fit, forged } = cursorsOf(order);
        for (const cursor of [fit, ...forged]) {
          const answer = await hub.app.inject({ url: `${url}?${order.query}cursor=${cursor}`, headers });
          if (answer.statusCode === (cursor === fit ? 200 : 400)) continue;
          wrong.push(`${answer.statusCode} ${url} ${order.query} ${Buffer.from(cursor, 'base64url')}`);
        }
      }
    }

    expect(listings.length).toBeGreaterThan(8);
    expect(wrong).toEqual([]);
  });

  test('A61: is refused where it names a sign-in that there is not, or that is somebody else’s', async () => {
    const { items } = (await things.stranger.get('/auth/sign-ins')).json();

    for (const cursor of [items[0].id, "' or 1=1 --", '0']) {
      const answer = await things.owner.get(`/auth/sign-ins?cursor=${encodeURIComponent(cursor)}`);
      expect(answer.statusCode).toBe(400);
    }
  });
});
