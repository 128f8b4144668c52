import { describe, expect, test } from 'vitest';
import { requireListedHost } from './listed-host.ts';

const hosts = ['hub.example', 'Other.example:7420'];

/** What becomes of a request for this name. */
function asked(host: string | undefined, remoteAddress = '192.0.2.7', listed: readonly string[] = hosts): number {
  try {
    requireListedHost(listed, { headers: { ...(host !== undefined && { host }) }, socket: { remoteAddress } });
    return 200;
  } catch (thrown) {
    return (thrown as { httpStatus: number }).httpStatus;
  }
}

describe('the name that the hub is asked by', () => {
  test.each([
    'hub.example',
    'HUB.example',
    'hub.example:443',
    'other.example:7420',
    '10.0.0.1',
    '10.0.0.1:7420',
    '[::1]:7420',
  ])('A57: %s is answered', (host) => {
    expect(asked(host)).toBe(200);
  });

  test.each([
    'evil.example',
    'hub.example.evil.example',
    'evil-hub.example',
    'hub.example.',
    'hub.example:x',
    'hub.example:1:2',
    'hub.example@evil.example',
    'other.example',
    'other.example:80',
    '10.0.0.1.evil.example',
    'localhost',
    '',
    undefined,
  ])('A57: %s is not', (host) => {
    expect(asked(host)).toBe(421);
  });

  test('A57: localhost is answered on this machine only', () => {
    expect(asked('localhost:7420', '127.0.0.1')).toBe(200);
    expect(asked('localhost:7420', '::1')).toBe(200);
    expect(asked('localhost:7420', '192.0.2.7')).toBe(421);
  });

  test('is any when none is listed', () => {
    expect(asked('evil.example', '192.0.2.7', [])).toBe(200);
  });
});
