import { describe, expect, test } from 'vitest';
import { isExposed, requireEncryption } from './plain-http.ts';

describe('plain HTTP', () => {
  test.each([
    ['http://hub.example', true],
    ['http://10.0.0.5:7420', true],
    ['http://127.0.0.1.example', true],
    ['http://localhost.example', true],
    ['http://[2001:db8::1]', true],
    ['https://hub.example', false],
    ['http://localhost:7420', false],
    ['http://127.0.0.1:7420', false],
    ['http://127.1.2.3', false],
    ['http://[::1]:7420', false],
  ])('to %s can be read by others: %s', (url, exposed) => {
    expect(isExposed(new URL(url))).toBe(exposed);
  });

  test('A74: is refused where others can read it, unless a person insists', () => {
    const hub = new URL('http://hub.example:7420');
    const refused = expect.objectContaining({
      code: 'VALIDATION',
      message: expect.stringContaining('--insecure-http'),
    });
    expect(() => requireEncryption(hub, { insecureHttp: false })).toThrow(refused);
    expect(() => requireEncryption(hub, { insecureHttp: true })).not.toThrow();
    expect(() => requireEncryption(new URL('http://127.0.0.1'), { insecureHttp: false })).not.toThrow();
  });
});
