import { describe, expect, test } from 'vitest';
import { parseCopyEnd } from './endpoint.ts';

describe('parseCopyEnd', () => {
  test.each([
    ['web-01:/srv/a.log', { agent: 'web-01', path: '/srv/a.log' }],
    ['web-01:/srv/12:30 notes/', { agent: 'web-01', path: '/srv/12:30 notes/' }],
    ['win:C:\\data', { agent: 'win', path: 'C:\\data' }],
  ])('reads %s', (text, end) => {
    expect(parseCopyEnd(text)).toEqual(end);
  });

  test.each(['', '/srv/a.log', ':/srv', 'web-01:', 'web-01'])('refuses %j', (text) => {
    expect(() => parseCopyEnd(text)).toThrow(/AGENT:\/path/);
  });
});
