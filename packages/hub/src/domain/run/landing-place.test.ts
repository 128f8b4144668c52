import { describe, expect, test } from 'vitest';
import { landingPlace, overlaps } from './landing-place.ts';

function route(source: string, destination: string, agents: readonly [number, number] = [1, 1]) {
  const names = (path: string): readonly string[] => path.split('/').filter((name) => name !== '');
  return {
    source: { agentId: agents[0], place: { root: '/srv', names: names(source) } },
    destination: { agentId: agents[1], place: { root: '/srv/in', names: names(destination) } },
    intoDestination: destination.endsWith('/'),
  };
}

describe('where a copy lands', () => {
  test('as written, without a trailing slash', () => {
    expect(landingPlace(route('a.log', 'b.log'))).toEqual({ root: '/srv/in', names: ['b.log'] });
  });

  test('under its own name, with one', () => {
    expect(landingPlace(route('logs/a.log', 'b/'))).toEqual({ root: '/srv/in', names: ['b', 'a.log'] });
  });

  test('under the name of its root, when that is what is copied', () => {
    expect(landingPlace(route('', '/'))).toEqual({ root: '/srv/in', names: ['srv'] });
  });
});

describe('source and destination on one agent', () => {
  test.each([
    ['out', 'copy'],
    ['in/a', 'b'],
    ['in/a.log', 'b/'],
    ['in/data', 'data2'],
  ])('%s to %s are apart', (source, destination) => {
    expect(overlaps(route(source, destination))).toBe(false);
  });

  test.each([
    ['', 'copy'],
    ['in', 'copy/'],
    ['in/a', 'a'],
    ['in/a', '/'],
    ['in/a/b', 'a'],
    ['in/a', 'a/b'],
  ])('%s to %s overlap', (source, destination) => {
    expect(overlaps(route(source, destination))).toBe(true);
  });

  test('the same paths on two agents do not', () => {
    expect(overlaps(route('in/a', 'a', [1, 2]))).toBe(false);
  });
});
