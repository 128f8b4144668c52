import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import { forwardedAddress } from './forwarded-address.ts';

const PROXIES = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'];

describe('where an agent connects from', () => {
  test.each<[string, string, string | undefined, string]>([
    ['nobody between', '203.0.113.5', undefined, '203.0.113.5'],
    ['a header that anybody could send', '203.0.113.5', '8.8.8.8', '203.0.113.5'],
    ['a trusted proxy', '192.0.2.1', '203.0.113.5', '203.0.113.5'],
    ['a trusted proxy of a network', '10.1.2.3', '203.0.113.5', '203.0.113.5'],
    ['a trusted proxy as a socket of both families shows it', '::ffff:10.1.2.3', '203.0.113.5', '203.0.113.5'],
    ['two trusted proxies', '10.1.2.3', '203.0.113.5, 192.0.2.1', '203.0.113.5'],
    ['a trusted proxy, and what its visitor made up', '10.1.2.3', '1.1.1.1, 203.0.113.5', '203.0.113.5'],
    ['an untrusted proxy before a trusted one', '10.1.2.3', '1.1.1.1, 198.51.100.7, 10.9.9.9', '198.51.100.7'],
    ['trusted proxies only', '10.1.2.3', '10.4.5.6', '10.4.5.6'],
    ['a trusted proxy that says nothing', '10.1.2.3', undefined, '10.1.2.3'],
    ['IPv6', '2001:db8::1', '2001:4860::8888', '2001:4860::8888'],
  ])('%s: as for the requests of people', async (_what, remoteAddress, header, expected) => {
    const headers = header === undefined ? {} : { 'x-forwarded-for': header };
    await using people = fastify({ trustProxy: [...PROXIES] });
    people.get('/', (request) => request.ip);
    const asForPeople = await people.inject({ method: 'GET', url: '/', remoteAddress, headers });

    expect(forwardedAddress(PROXIES)({ headers, socket: { remoteAddress } })).toBe(expected);
    expect(asForPeople.body).toBe(expected);
  });

  test('is never what is no address, nor what no proxy was trusted to say', () => {
    const from = { socket: { remoteAddress: '10.1.2.3' } };

    expect(forwardedAddress(PROXIES)({ headers: { 'x-forwarded-for': '"\n[evil]' }, ...from })).toBe('10.1.2.3');
    expect(forwardedAddress([])({ headers: { 'x-forwarded-for': '203.0.113.5' }, ...from })).toBe('10.1.2.3');
  });
});
