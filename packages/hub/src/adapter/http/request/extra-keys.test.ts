import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { type AskedOperation, type Document, operationsOf } from '../any-request.ts';
import type { Schema } from '../any-value.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let admin: Caller;
let document: Document;

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db, { options: { requestsPerMinute: 1e9, signInsPerMinute: 1e9 } });
  document = (await hub.app.inject({ url: '/api/v1/openapi.json' })).json();
  admin = await hub.signIn('admin');
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function bodyOf({ requestBody }: AskedOperation): Schema | undefined {
  return requestBody?.content['application/json']?.schema;
}

/** Every object that a schema describes, however deep. */
function objectsIn(schema: unknown): readonly Schema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const reference: unknown = Reflect.get(schema, '$ref');
  if (typeof reference === 'string') {
    return objectsIn(document.components.schemas[reference.replace('#/components/schemas/', '')]);
  }
  const own = Reflect.get(schema, 'type') === 'object' ? [schema as Schema] : [];
  return [...own, ...Object.values(schema).flatMap(objectsIn)];
}

describe('A21: a key that nobody asked for', () => {
  test('A21: has a place in no object of any request body that the hub describes', () => {
    const described = operationsOf(document).flatMap((operation) => {
      const objects = objectsIn(bodyOf(operation));
      return objects.map((schema) => ({ name: `${operation.method} ${operation.path}`, schema }));
    });

    expect(described.length).toBeGreaterThan(15);
    const open = described.filter(({ schema }) => schema.additionalProperties !== false);
    expect(open.map(({ name, schema }) => `${name} ${JSON.stringify(schema)}`)).toEqual([]);
  });

  test('A21: is refused by every operation that takes a body, and named', async () => {
    const operations = operationsOf(document).filter((operation) => bodyOf(operation) !== undefined);
    const wrong: string[] = [];
    for (const { method, path } of operations) {
      const answer = await hub.app.inject({
        method: method as 'POST',
        url: path.replaceAll(/\{\w+\}/g, '1'),
        headers: { authorization: `Bearer ${admin.credential}` },
        payload: { isAdministrator: true },
      });
      const isRefused = answer.statusCode === 400 && answer.body.includes('isAdministrator');
      if (!isRefused) wrong.push(`${method} ${path}: ${answer.statusCode} ${answer.body}`);
    }

    expect(operations.length).toBeGreaterThan(15);
    expect(wrong).toEqual([]);
  });
});
