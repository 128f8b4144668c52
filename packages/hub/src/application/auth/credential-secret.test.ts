import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { credentialHash, isSameHash } from './credential-secret.ts';

/** Hashes compared as text, which ends at the first difference. Of passwords only stored hashes are, to see a change. */
const COMPARED_AS_TEXT =
  /(?:(?<!password)[hH]ash|[dD]igest|[sS]ecret)\b(?:\([^)]*\))?\s*[!=]==\s*(?!undefined|null|'')/;

describe('A71: comparing secrets', () => {
  test('A71: tells equal hashes from others, whatever their length', () => {
    const hash = credentialHash('fla_secret');

    expect(isSameHash(hash, credentialHash('fla_secret'))).toBe(true);
    const others = [credentialHash('fla_secreT'), `${hash.slice(0, -1)}g`, `g${hash.slice(1)}`, hash.slice(1), ''];
    for (const other of others) expect(isSameHash(hash, other)).toBe(false);
  });

  test('A71: happens nowhere character by character', () => {
    const folder = import.meta.dirname;
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const offenders = sources.filter((name) => COMPARED_AS_TEXT.test(readFileSync(join(folder, name), 'utf8')));

    expect(sources).toContain('credential-secret.ts');
    expect(offenders).toEqual([]);
    expect(readFileSync(join(folder, 'credential-secret.ts'), 'utf8')).toContain('timingSafeEqual(first, second)');
  });
});
