import { FerryError } from '../common/errors.ts';
import type { Place } from '../common/place.ts';
import type { Agent, AllowedRoot } from './agent.ts';

/** Linux NAME_MAX and PATH_MAX, in bytes: what is longer names nothing that exists. */
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4_096;

/** Where a person's text leads on an agent. */
export interface Location {
  readonly place: Place;
  /** The root that the place lies in, the innermost one when roots nest. */
  readonly root: AllowedRoot;
  /** The text ends with a slash (or `/.`): it means the inside of the directory. */
  readonly trailingSlash: boolean;
}

/**
 * Turns a path as people write it into a place: the edge where text becomes a root and names (DESIGN.md promise 6). Decides by
 * text alone; what the names turn out to be on the disk is the agent's business.
 *
 * @throws FerryError VALIDATION for a path that is not absolute, climbs with `..`, or cannot be a path.
 * @throws FerryError PATH_NOT_ALLOWED for a path outside the agent's allowed roots; the message names them.
 * @throws FerryError AGENT_OFFLINE when the agent never connected, so that its roots are unknown.
 */
export function locate(agent: Agent, path: string): Location {
  if (agent.info === undefined) {
    throw new FerryError(
      'AGENT_OFFLINE',
      `Agent ${agent.name} has never connected, so the paths it allows are not known yet. Start it on its machine with ferry agent.`,
      { details: { agent: agent.name } },
    );
  }
  const segments = pathNames(path);
  const { roots } = agent.info;
  const root = innermost(roots.filter((each) => isWithin(segments, rootSegments(each))));
  if (root === undefined) {
    const allowed = roots.map((each) => (each.access === 'ro' ? `${each.path} (read-only)` : each.path));
    throw new FerryError(
      'PATH_NOT_ALLOWED',
      `Agent ${agent.name} does not allow ${path}. Its allowed roots are: ${allowed.join(', ')}. The roots are set where the agent runs.`,
      { details: { agent: agent.name, path, roots: roots.map((each) => each.path) } },
    );
  }
  return {
    place: { root: root.path, names: segments.slice(rootSegments(root).length) },
    root,
    trailingSlash: /\/\.?$/.test(path),
  };
}

/** The names of a place counted from the top of the file system, its root's included: for comparing places under different roots. */
export function absoluteNames(place: Place): readonly string[] {
  return [...split(place.root), ...place.names];
}

/** Whether `names` lead to what `outer` leads to, or into it. */
export function isWithin(names: readonly string[], outer: readonly string[]): boolean {
  return outer.every((name, at) => names[at] === name);
}

/**
 * The names that a path as people write it leads along, from the top of the file system.
 *
 * @throws FerryError VALIDATION for a path that is not absolute, climbs with `..`, or cannot be a path.
 */
export function pathNames(path: string): readonly string[] {
  if (!path.startsWith('/')) throw refusal(path, 'write it from the root of the file system, as in /srv/data');
  if (path.includes('\0')) throw refusal(path.replaceAll('\0', '␀'), 'a path cannot contain a NUL character');
  if (byteLength(path) > MAX_PATH_BYTES) throw refusal(`${path.slice(0, 60)}…`, 'it is longer than 4096 bytes');
  const segments = split(path);
  if (segments.includes('..')) throw refusal(path, 'write the path without ".."');
  const long = segments.find((segment) => byteLength(segment) > MAX_NAME_BYTES);
  if (long !== undefined) throw refusal(path, `the name ${long.slice(0, 30)}… is longer than 255 bytes`);
  return segments;
}

function refusal(path: string, reason: string): FerryError {
  return new FerryError('VALIDATION', `The path "${path}" cannot be used: ${reason}.`);
}

function split(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.');
}

function rootSegments(root: AllowedRoot): readonly string[] {
  return split(root.path);
}

function innermost(roots: readonly AllowedRoot[]): AllowedRoot | undefined {
  return roots.toSorted((a, b) => rootSegments(b).length - rootSegments(a).length)[0];
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
