import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';
import type { HttpOptions } from '../http-options.ts';
import { isLoopback } from './this-machine.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  database = await migratedDatabase();
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

/** Sets a new hub up, with the right code, from an address. */
async function setUpFrom(remoteAddress: string, headers = {}, options: Partial<HttpOptions> = {}) {
  hub = buildExampleHub(database.db, { options });
  const offered = await hub.services.auth.offerSetupCode();
  const payload = { code: offered?.code, email: 'first@example.com', password: 'correct horse battery' };
  return hub.app.inject({ method: 'POST', url: '/api/v1/auth/setup', remoteAddress, headers, payload });
}

describe('the first administrator', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('is made from %s', async (address) => {
    expect((await setUpFrom(address)).statusCode).toBe(200);
  });

  test.each(['192.0.2.7', '10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '0.0.0.0'])(
    'is not made from %s, and the answer says what to do',
    async (address) => {
      const answer = await setUpFrom(address);

      expect(answer.statusCode).toBe(403);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json()).toMatchObject({
        code: 'FORBIDDEN',
        detail: expect.stringMatching(/ferry setup.*--setup-remote.*FERRY_ADMIN_EMAIL/),
      });
      expect(await hub.store.users.count()).toBe(0);
    },
  );

  test('is made from anywhere when the hub was told so', async () => {
    expect((await setUpFrom('192.0.2.7', {}, { setupRemote: true })).statusCode).toBe(200);
  });

  test('is not made by way of a proxy on this machine that was not named', async () => {
    expect((await setUpFrom('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' })).statusCode).toBe(403);
  });

  test.each([
    ['127.0.0.1', 200],
    ['203.0.113.5', 403],
    ['127.0.0.1, 203.0.113.5', 403],
  ])('is made by way of a trusted proxy when that vouches for this machine: %s', async (forwarded, status) => {
    const answer = await setUpFrom('127.0.0.1', { 'x-forwarded-for': forwarded }, { trustedProxies: ['127.0.0.1'] });

    expect(answer.statusCode).toBe(status);
  });

  test('what is no address is not this machine', async () => {
    hub = buildExampleHub(database.db);
    for (const address of [undefined, '', 'localhost', '127.0.0.1.evil.test', '0x7f000001', '::']) {
      expect(isLoopback(address), address).toBe(false);
    }
  });
});
