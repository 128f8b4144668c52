import { beforeEach, describe, expect, test } from 'vitest';
import { LoginThrottle } from './login-throttle.ts';

const HOME = '192.0.2.1';

let clock: Date;
let throttle: LoginThrottle;

beforeEach(() => {
  clock = new Date('2026-05-04T12:00:00.000Z');
  throttle = new LoginThrottle({ now: () => clock });
});

function later(seconds: number): void {
  clock = new Date(clock.getTime() + seconds * 1000);
}

/** How long one has to wait, in seconds; 0 when the attempt was let through, which then counts as failed. */
function fail(account: string, address: string): number {
  try {
    throttle.admit(account, address);
    return 0;
  } catch (thrown) {
    return (thrown as { readonly details: { readonly retryAfterSeconds: number } }).details.retryAfterSeconds;
  }
}

const addressOf = (index: number) => `10.${index >> 8}.${index & 255}.1`;

describe('A8: guessing the password of one account', () => {
  test('five failures are free, then each one costs twice the wait, up to a quarter of an hour', () => {
    for (let count = 0; count < 5; count += 1) expect(fail('a@b', addressOf(count))).toBe(0);

    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const wait = fail('a@b', addressOf(100 + count));
      waits.push(wait);
      later(wait);
      expect(fail('a@b', addressOf(200 + count))).toBe(0);
    }
    expect(waits).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });

  test('a thousand at once do not all pass as the first', () => {
    const passed = Array.from({ length: 1_000 }, (_, index) => fail('a@b', addressOf(index))).filter(
      (wait) => wait === 0,
    );

    expect(passed).toHaveLength(5);
  });

  test('the case of the address changes nothing', () => {
    for (let count = 0; count < 5; count += 1) fail('a@b', addressOf(count));

    expect(fail('A@B', addressOf(9))).toBe(60);
  });

  test('success starts afresh, and so does an hour of quiet', () => {
    for (let count = 0; count < 4; count += 1) fail('a@b', HOME);
    throttle.admit('a@b', HOME).succeeded();
    for (let count = 0; count < 5; count += 1) expect(fail('a@b', HOME)).toBe(0);
    expect(fail('a@b', HOME)).toBe(60);

    later(3_600);
    for (let count = 0; count < 5; count += 1) expect(fail('a@b', HOME)).toBe(0);
  });

  test('strangers do not keep somebody out of the network that they signed in from before', () => {
    throttle.admit('admin@b', HOME).succeeded();
    for (let count = 0; count < 100; count += 1) fail('admin@b', addressOf(count));

    expect(fail('admin@b', addressOf(500))).toBeGreaterThan(0);
    expect(fail('admin@b', HOME)).toBe(0);
  });

  test('an attempt whose password was not looked at counts for nothing', () => {
    for (let count = 0; count < 50; count += 1) throttle.admit('a@b', HOME).withdrawn();

    expect(fail('a@b', HOME)).toBe(0);
  });
});

describe('A8: trying one password on many accounts', () => {
  test('twenty failures a minute from one network pass, the next one every three seconds', () => {
    for (let count = 0; count < 20; count += 1) expect(fail(`user${count}@b`, `192.0.2.${count}`)).toBe(0);

    expect(fail('user21@b', '192.0.2.200')).toBe(3);
    expect(fail('user21@b', '198.51.100.1')).toBe(0);
    later(3);
    expect(fail('user22@b', HOME)).toBe(0);
    expect(fail('user23@b', HOME)).toBe(3);
  });

  test('all addresses of one IPv6 network count together', () => {
    for (let count = 0; count < 20; count += 1) expect(fail(`user${count}@b`, `2001:db8:7:${count}::1`)).toBe(0);

    expect(fail('user21@b', '2001:db8:7:ffff::1')).toBe(3);
    expect(fail('user21@b', '2001:db8:8::1')).toBe(0);
  });

  test('people who sign in rightly do not count, however many share a network', () => {
    for (let count = 0; count < 100; count += 1) throttle.admit(`user${count}@b`, HOME).succeeded();

    expect(fail('late@b', HOME)).toBe(0);
  });
});
