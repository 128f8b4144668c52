import { describe, expect, test } from 'vitest';
import { proxyFor } from './http-proxy.ts';

const proxy = { host: 'proxy.example', port: 3128 };
const env = { HTTPS_PROXY: 'http://proxy.example:3128' };

function proxied(hub: string, exceptions: string): boolean {
  return proxyFor(new URL(hub), { ...env, HTTP_PROXY: env.HTTPS_PROXY, NO_PROXY: exceptions }) !== undefined;
}

describe('proxyFor', () => {
  test.each([
    ['https://hub.example', { HTTPS_PROXY: 'http://proxy.example:3128' }],
    ['https://hub.example', { https_proxy: 'http://proxy.example:3128', HTTPS_PROXY: 'http://other.example' }],
    ['https://hub.example', { HTTPS_PROXY: 'proxy.example:3128', HTTP_PROXY: 'http://other.example' }],
    ['http://hub.example', { HTTP_PROXY: 'http://proxy.example:3128/', HTTPS_PROXY: 'http://other.example' }],
    ['http://hub.example', { http_proxy: 'http://proxy.example:3128' }],
  ])('for %s takes that of %j', (hub, variables) => {
    expect(proxyFor(new URL(hub), variables)).toEqual(proxy);
  });

  test.each([
    ['https://hub.example', {}],
    ['https://hub.example', { HTTP_PROXY: 'http://proxy.example' }],
    ['https://hub.example', { HTTPS_PROXY: '' }],
    ['https://localhost:7420', env],
    ['https://127.0.0.2:7420', env],
    ['https://[::1]:7420', env],
  ])('for %s takes none of %j', (hub, variables) => {
    expect(proxyFor(new URL(hub), variables)).toBeUndefined();
  });

  test('has the port 80 by default, takes an IPv6 address, and a name and password', () => {
    const named = proxyFor(new URL('https://hub.example'), { HTTPS_PROXY: 'http://kim:p%40ss@[2001:db8::1]' });
    expect(named).toEqual({ host: '2001:db8::1', port: 80, authorization: `Basic ${btoa('kim:p@ss')}` });
  });

  test.each(['https://kim:secret@proxy.example', 'socks5://kim:secret@proxy.example', 'http://kim:secret@'])(
    'refuses %s without repeating the password',
    (text) => {
      expect(() => proxyFor(new URL('https://hub.example'), { HTTPS_PROXY: text })).toThrow(
        /^(?!.*secret)HTTPS_PROXY names no proxy that can be used/,
      );
    },
  );
});

describe('NO_PROXY', () => {
  test.each([
    ['https://hub.example', 'hub.example'],
    ['https://HUB.example', 'Hub.Example'],
    ['https://a.hub.example', 'hub.example'],
    ['https://a.hub.example', '.hub.example'],
    ['https://a.hub.example', '*.hub.example'],
    ['https://hub.example:7420', 'hub.example:7420'],
    ['https://hub.example', 'hub.example:443'],
    ['http://hub.example', 'hub.example:80'],
    ['https://hub.example', 'other.example, hub.example'],
    ['https://hub.example', 'other.example hub.example'],
    ['https://10.0.0.5', '10.0.0.5'],
    ['https://[2001:db8::1]:7420', '2001:db8::1'],
    ['https://[2001:db8::1]:7420', '[2001:db8::1]:7420'],
    ['https://hub.example', '*'],
  ])('has %s reached directly when it says %j', (hub, exceptions) => {
    expect(proxied(hub, exceptions)).toBe(false);
  });

  test.each([
    ['https://hub.example', ''],
    ['https://hub.example', ','],
    ['https://hub.example', '.'],
    ['https://myhub.example', 'hub.example'],
    ['https://hub.example.org', 'hub.example'],
    ['https://hub.example:7420', 'hub.example:443'],
    ['https://10.0.0.55', '10.0.0.5'],
    ['https://[2001:db8::1]:7420', '[2001:db8::1]:443'],
  ])('leaves %s to the proxy when it says %j', (hub, exceptions) => {
    expect(proxied(hub, exceptions)).toBe(true);
  });

  test('wins in small letters', () => {
    const variables = { ...env, no_proxy: 'hub.example', NO_PROXY: 'other.example' };
    expect(proxyFor(new URL('https://hub.example'), variables)).toBeUndefined();
    expect(proxyFor(new URL('https://other.example'), variables)).toEqual(proxy);
  });
});
