import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth } from '../../adapter/jwt/example-auth.ts';
import { newKeyRing } from '../../adapter/jwt/key-ring.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { KeyRotations } from './key-rotations.ts';

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;
let rotations: KeyRotations;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
  rotations = new KeyRotations(example);
});

afterEach(() => database[Symbol.asyncDispose]());

describe('a rotation of the signing keys', () => {
  test('makes one event, whenever and however often the hub notices it, which holds nothing of the key', async () => {
    const { signing } = newKeyRing(example.now()).rotated(example.now());

    await rotations.note(signing);
    example.later(60);
    await new KeyRotations(example).note(signing);

    const events = await example.events('signingKey.rotated');
    expect(events).toMatchObject([
      {
        actor: { kind: 'hub', name: 'rotate-keys' },
        object: { kind: 'signingKey', id: signing.kid },
        details: { rotatedAt: '2026-05-04T12:00:00.000Z' },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(signing.key.export().toString('base64url'));
  });

  test('makes another event when there is another', async () => {
    const once = newKeyRing(example.now()).rotated(example.now());
    const twice = once.rotated(example.now());

    await rotations.note(once.signing);
    await rotations.note(twice.signing);

    const events = await example.events('signingKey.rotated');
    expect(events.map(({ object }) => object?.id)).toEqual([once.signing.kid, twice.signing.kid]);
  });
});
