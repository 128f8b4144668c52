import { describe, expect, test } from 'vitest';
import { onceRequest } from './once-request.ts';

const fingerprintOf = (body: unknown) =>
  onceRequest({ method: 'POST', url: '/api/v1/users', body, headers: { 'idempotency-key': 'k1' } })?.fingerprint;

describe('the fingerprint of a request that may be repeated', () => {
  test('A72: is the same whatever the password: nobody finds out by it which one it was', () => {
    const user = { email: 'kim@example.com', role: 'user' };
    const fingerprint = fingerprintOf({ ...user, password: 'nineteen owls at dusk' });

    expect(fingerprintOf({ ...user, password: 'twenty owls at dawn' })).toBe(fingerprint);
    expect(fingerprintOf({ more: [{ password: 'a' }] })).toBe(fingerprintOf({ more: [{ password: 'b' }] }));
  });

  test('tells a user with a password from one who is invited, and one address from another', () => {
    const kim = { email: 'kim@example.com', role: 'user' };
    const requests = [kim, { ...kim, password: 'nineteen owls at dusk' }, { ...kim, email: 'lee@example.com' }];

    expect(new Set(requests.map(fingerprintOf)).size).toBe(3);
  });

  test('does not depend on the order in which a client writes the fields', () => {
    expect(fingerprintOf({ b: [{ d: 1, c: 2 }], a: 3 })).toBe(fingerprintOf({ a: 3, b: [{ c: 2, d: 1 }] }));
  });
});
