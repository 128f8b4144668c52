import { describe, expect, test } from 'vitest';
import { hubBaseUrl } from './base-url.ts';

describe('hubBaseUrl', () => {
  test.each([
    ['http://127.0.0.1:7420', 'http://127.0.0.1:7420'],
    ['http://127.0.0.1:7420/', 'http://127.0.0.1:7420'],
    ['hub.example:7420', 'https://hub.example:7420'],
    ['localhost', 'http://localhost'],
    ['127.0.0.1:7420', 'http://127.0.0.1:7420'],
    ['[::1]:7420', 'http://[::1]:7420'],
    ['https://hub.example/ferry/', 'https://hub.example/ferry'],
    ['https://hub.example/api/v1/', 'https://hub.example'],
    [' https://HUB.example?x=1#y ', 'https://hub.example'],
  ])('reads %j as %s', (text, url) => {
    expect(hubBaseUrl(text)).toBe(url);
  });

  test.each(['', 'http://', 'ftp://hub.example', 'http://a b'])('refuses %j', (text) => {
    expect(() => hubBaseUrl(text)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
  });

  test('refuses a URL with a password, and does not repeat the password', () => {
    expect(() => hubBaseUrl('https://me:secret@hub.example')).toThrow(/^(?!.*secret).*ferry login/);
  });
});
