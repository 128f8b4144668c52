import { describe, expect, test } from 'vitest';
import { judgeNoProxy } from './proxy.ts';

describe('judgeNoProxy', () => {
  test.each([
    ['https://hub.example', {}, 'None: HTTPS_PROXY is not set.'],
    ['http://hub.example', {}, 'None: HTTP_PROXY is not set.'],
    [
      'https://hub.example',
      { HTTP_PROXY: 'http://p' },
      /HTTPS_PROXY is not set, and HTTP_PROXY does not count for https/,
    ],
    ['https://hub.example', { all_proxy: 'http://p' }, /HTTPS_PROXY is not set, and ALL_PROXY does not count/],
    ['https://hub.example:7420', { https_proxy: 'http://p', NO_PROXY: '*' }, /NO_PROXY names hub\.example:7420/],
    ['https://localhost', { HTTPS_PROXY: 'http://p' }, /this machine is reached without it/],
  ])('for %s with %j says why', (hub, env, what) => {
    const matching = typeof what === 'string' ? what : expect.stringMatching(what);
    expect(judgeNoProxy(new URL(hub), env)).toEqual({ level: 'ok', what: matching });
  });
});
