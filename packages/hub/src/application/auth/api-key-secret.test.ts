import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiKeyPrefix, isApiKeySecret, looksLikeApiKey, newApiKeySecret } from './api-key-secret.ts';

describe('the secret of an API key', () => {
  test('A16: is 256 random bits behind a mark, and a checksum', () => {
    const secrets = Array.from({ length: 1_000 }, newApiKeySecret);

    expect(secrets.every((secret) => /^frk_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$/.test(secret))).toBe(true);
    expect(secrets.every(isApiKeySecret)).toBe(true);
    expect(new Set(secrets).size).toBe(1_000);
    expect(apiKeyPrefix(secrets[0] ?? '')).toBe(secrets[0]?.slice(0, 10));
  });

  test('the checksum is one that anybody can compute', () => {
    // Made with zlib.crc32 of Python over the first 47 characters: 0x6afef28f.
    const body = `frk_${'A'.repeat(43)}`;

    expect(isApiKeySecret(`${body}1xU1j5`)).toBe(true);
    expect(isApiKeySecret(`${body}000000`)).toBe(false);
  });

  test('any single mistyped character is found', () => {
    const secret = newApiKeySecret();
    fc.assert(
      fc.property(fc.nat(secret.length - 1), fc.constantFrom(...'AZaz09_-'), (position, character) => {
        fc.pre(secret[position] !== character);
        const mistyped = secret.slice(0, position) + character + secret.slice(position + 1);
        expect(isApiKeySecret(mistyped)).toBe(false);
      }),
    );
  });

  test('what starts like one is taken for one, whole or not', () => {
    expect(looksLikeApiKey('frk_')).toBe(true);
    expect(looksLikeApiKey('fla_x')).toBe(false);
    expect(isApiKeySecret('frk_')).toBe(false);
  });
});
