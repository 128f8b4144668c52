import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';
import { httpOptions } from '../http-options.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub | undefined;

beforeEach(async () => {
  database = await migratedDatabase();
});

afterEach(async () => {
  await hub?.app.close();
  await database[Symbol.asyncDispose]();
});

/** From where the hub believes that somebody makes an agent, who says that they come from elsewhere. */
async function addressOf(trustedProxies: readonly string[], forwarded: string): Promise<unknown> {
  hub = buildExampleHub(database.db, { options: { trustedProxies } });
  const admin = await hub.signIn('admin');
  await hub.app.inject({
    method: 'POST',
    url: '/api/v1/agents',
    remoteAddress: '192.0.2.7',
    payload: { name: 'web-01' },
    headers: {
      authorization: `Bearer ${admin.credential}`,
      'x-forwarded-for': forwarded,
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
    },
  });
  return (await admin.get('/audit?action=agent.created')).json().items[0].actor.address;
}

describe('who says on whose behalf it asks', () => {
  test('A57: is believed by nobody, unless proxies were named', async () => {
    expect(await addressOf([], '203.0.113.5')).toBe('192.0.2.7');
  });

  test('A57: is not believed when it is not one of the named proxies', async () => {
    expect(await addressOf(['198.51.100.0/24'], '203.0.113.5')).toBe('192.0.2.7');
  });

  test('A57: is believed when it is a named proxy, for the hop before it and none that it merely passes on', async () => {
    expect(await addressOf(['192.0.2.0/24'], '10.9.9.9, 203.0.113.5')).toBe('203.0.113.5');
  });

  test.each(['nonsense', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.1/8/8', '*', 'true', 'proxy.example.com', ''])(
    'A60: the proxy %j stops the start instead of widening the list',
    (proxy) => {
      expect(() => httpOptions({ trustedProxies: ['192.0.2.1', proxy] })).toThrow(
        expect.objectContaining({ code: 'VALIDATION', message: expect.stringContaining(`"${proxy}"`) }),
      );
    },
  );

  test.each(['*', 'null', 'example.com', 'https://example.com/', 'https://*.example.com', 'HTTPS://example.com'])(
    'A60: the origin %j stops the start',
    (origin) => {
      expect(() => httpOptions({ corsOrigins: [origin] })).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    },
  );

  test('networks of both families and plain addresses are taken', () => {
    const trustedProxies = ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1', '::1'];
    expect(httpOptions({ trustedProxies }).trustedProxies).toEqual(trustedProxies);
  });
});
