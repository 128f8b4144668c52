import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeText } from '../common/place.ts';
import type { Agent, AllowedRoot } from './agent.ts';
import { locate } from './locate.ts';

const silent: Agent = {
  id: 1,
  name: 'web-01',
  description: '',
  labels: [],
  status: 'offline',
  createdAt: new Date(0),
  version: 1,
};

function agentWith(...roots: AllowedRoot[]): Agent {
  return { ...silent, info: { version: '0.1.0', host: 'web-01', os: 'linux', arch: 'x64', roots } };
}

const agent = agentWith({ path: '/srv', access: 'ro' }, { path: '/srv/drop/', access: 'rw' });

describe('a path that somebody wrote', () => {
  test.each([
    ['/srv', '/srv', [], false],
    ['/srv/', '/srv', [], true],
    ['/srv/a/b.txt', '/srv', ['a', 'b.txt'], false],
    ['/srv//a/./b/', '/srv', ['a', 'b'], true],
    ['/srv/a/.', '/srv', ['a'], true],
    ['/srv/a.', '/srv', ['a.'], false],
    ['/srv/...', '/srv', ['...'], false],
    ['/srv/new\nline', '/srv', ['new\nline'], false],
    ['/srv/drop/x', '/srv/drop/', ['x'], false],
    ['/srv/dropped', '/srv', ['dropped'], false],
  ])('%j lies in %s, at %j', (path, root, names, trailingSlash) => {
    const location = locate(agent, path);

    expect(location.place).toEqual({ root, names });
    expect(location.root.path).toBe(root);
    expect(location.trailingSlash).toBe(trailingSlash);
  });

  test('the root of the file system can be a root', () => {
    expect(locate(agentWith({ path: '/', access: 'ro' }), '/etc/hosts').place).toEqual({
      root: '/',
      names: ['etc', 'hosts'],
    });
  });

  test.each([
    ['srv/a', 'from the root of the file system'],
    ['', 'from the root of the file system'],
    ['/srv/../etc/passwd', 'without ".."'],
    ['/srv/..', 'without ".."'],
    ['/srv/a\0b', 'NUL'],
    [`/srv/${'x'.repeat(256)}`, 'longer than 255 bytes'],
    [`/srv${'/xxxxxxxxx'.repeat(410)}`, 'longer than 4096 bytes'],
  ])('%j is refused', (path, reason) => {
    expect(() => locate(agent, path)).toThrow(expect.objectContaining({ code: 'VALIDATION' }));
    expect(() => locate(agent, path)).toThrow(reason);
  });

  test.each(['/etc/passwd', '/', '/srvx', '/sr'])('%s is outside, and what is inside is named', (path) => {
    expect(() => locate(agent, path)).toThrow(
      expect.objectContaining({
        code: 'PATH_NOT_ALLOWED',
        message: `Agent web-01 does not allow ${path}. Its allowed roots are: /srv (read-only), /srv/drop/. The roots are set where the agent runs.`,
      }),
    );
  });

  test('nothing is known of an agent that never connected', () => {
    expect(() => locate(silent, '/srv')).toThrow(expect.objectContaining({ code: 'AGENT_OFFLINE' }));
  });

  test('a place that is found is inside its root by names alone, and reads as it was written', () => {
    const part = fc.constantFrom('a', '.', '..', '', 'srv', 'drop', '…', ' ', '\n', '-', '..x');
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const path = `/${parts.join('/')}`;
        try {
          const { place } = locate(agent, path);
          expect(place.names.every((name) => name !== '' && name !== '.' && name !== '..')).toBe(true);
          expect(locate(agent, placeText(place)).place).toEqual(place);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: expect.stringMatching(/^(VALIDATION|PATH_NOT_ALLOWED)$/) });
        }
      }),
    );
  });
});
