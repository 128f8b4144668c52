import { describe, expect, test } from 'vitest';
import { affordableCost, fullCost, lowestCost } from './argon2-cost.ts';
import { Argon2PasswordHasher } from './argon2-password-hasher.ts';

const hasher = new Argon2PasswordHasher({ cost: lowestCost });

describe('passwords', () => {
  test('the right password opens, any other does not', async () => {
    const hash = await hasher.hash('correct horse battery staple');

    expect(await hasher.verify('correct horse battery staple', hash)).toBe(true);
    expect(await hasher.verify('correct horse battery stapler', hash)).toBe(false);
  });

  test('a hash tells its algorithm and cost, and never comes twice', async () => {
    const [first, second] = await Promise.all([hasher.hash('same'), hasher.hash('same')]);

    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
  });

  test('nobody has no password', async () => {
    expect(await hasher.verify('', undefined)).toBe(false);
    expect(await hasher.verify('anything', 'not a hash')).toBe(false);
    expect(await hasher.verify('\0'.repeat(32), undefined)).toBe(false);
  });

  test('A9: a password of more than 1,024 bytes is refused before any work', async () => {
    const full = new Argon2PasswordHasher({ cost: lowestCost, crowd: { inside: 1, waiting: 0 } });
    const working = full.verify('x', undefined);

    // Whatever asks for work is turned away now, so that these can only have been refused before.
    await expect(full.verify('short enough', undefined)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(full.hash('é'.repeat(513))).rejects.toMatchObject({ code: 'VALIDATION' });
    await expect(full.verify('x'.repeat(2 ** 20), undefined)).rejects.toMatchObject({ code: 'VALIDATION' });
    await working;
  });

  test('A8: a crowd is turned away instead of kept waiting, and the door opens again', async () => {
    const small = new Argon2PasswordHasher({ cost: lowestCost, crowd: { inside: 4, waiting: 32 } });

    const crowd = await Promise.allSettled(Array.from({ length: 40 }, () => small.verify('x', undefined)));

    const refused = crowd.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]?.reason).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 5 } });
    expect(await small.verify('x', undefined)).toBe(false);
  });
});

describe('the cost of a hash', () => {
  test('is full with two gibibytes of memory, and never below the floor of OWASP', () => {
    expect(affordableCost(2 * 2 ** 30)).toEqual({ memoryKiB: 65_536, passes: 3, parallelism: 1 });
    expect(affordableCost(2 * 2 ** 30 - 1)).toEqual({ memoryKiB: 19_456, passes: 2, parallelism: 1 });
  });

  test('a hash is outdated when a hash made now would cost more, and never the other way round', async () => {
    const cheap = await hasher.hash('same');
    const strong = new Argon2PasswordHasher({ cost: fullCost });

    expect(hasher.isOutdated(cheap)).toBe(false);
    expect(strong.isOutdated(cheap)).toBe(true);
    expect(await strong.verify('same', cheap)).toBe(true);
    expect(hasher.isOutdated(await strong.hash('same'))).toBe(false);
    expect(hasher.isOutdated('not a hash')).toBe(true);
  });
});
