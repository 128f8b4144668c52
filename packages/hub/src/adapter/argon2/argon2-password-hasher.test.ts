import { describe, expect, test } from 'vitest';
import { Argon2PasswordHasher } from './argon2-password-hasher.ts';

describe('passwords', () => {
  const hasher = new Argon2PasswordHasher();

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
  });

  test('a password of more than 1,024 bytes is refused before any work', async () => {
    await expect(hasher.hash('é'.repeat(513))).rejects.toMatchObject({ code: 'VALIDATION' });
    await expect(hasher.verify('x'.repeat(1_025), undefined)).rejects.toMatchObject({ code: 'VALIDATION' });
  });

  test('a crowd is turned away instead of kept waiting, and the door opens again', async () => {
    const crowd = await Promise.allSettled(Array.from({ length: 40 }, () => hasher.verify('x', undefined)));

    const refused = crowd.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(8);
    expect(refused[0]?.reason).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await hasher.verify('x', undefined)).toBe(false);
  });
});
