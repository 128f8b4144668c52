import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type AllowedRoot, FerryError, type RootPath } from '@ferryline/engine';
import { errnoOf } from './file-system-error.ts';
import { pathText } from './path-text.ts';

/**
 * Reads `PATH`, `PATH:ro` or `PATH:rw` (the default), as given to `--allow`.
 *
 * @throws FerryError VALIDATION when the path is not absolute.
 */
export function parseAllowedRoot(text: string): AllowedRoot {
  const match = /^(.*?)(?::(ro|rw))?$/s.exec(text);
  const [path, access] = [match?.[1] ?? '', match?.[2] === 'ro' ? 'ro' : 'rw'] as const;
  if (!isAbsolute(path)) {
    throw new FerryError(
      'VALIDATION',
      `--allow takes an absolute path, then :ro or :rw; "${text}" does not begin with one.`,
    );
  }
  return { path: resolve(path), access };
}

/** The directory trees that this agent's own configuration opens. Nothing the hub says widens them (DESIGN.md promise 6). */
export class AllowedRoots {
  readonly list: readonly AllowedRoot[];

  private constructor(list: readonly AllowedRoot[]) {
    this.list = list;
  }

  /** @throws FerryError VALIDATION when there is no root, one is not a directory, or one holds the agent's own state. */
  static async open(roots: readonly AllowedRoot[], { stateDir }: { readonly stateDir: string }): Promise<AllowedRoots> {
    if (roots.length === 0) {
      throw new FerryError(
        'VALIDATION',
        'The agent may not touch anything yet, so it does not start. Say what it may: --allow PATH[:ro|:rw], as often as needed.',
      );
    }
    const state = await realPlace(resolve(stateDir));
    for (const { path } of roots) {
      const real = await realDirectory(path);
      if (isWithin(state, real) || isWithin(real, state)) {
        throw new FerryError(
          'VALIDATION',
          `The agent's state directory ${stateDir} and the allowed root ${path} lie within each other. Move the state directory elsewhere with --state-dir.`,
        );
      }
    }
    return new AllowedRoots([...roots]);
  }

  /** The root of a path. @throws FerryError PATH_NOT_ALLOWED when there is none, or it is not for writing. */
  find(path: RootPath, need: 'read' | 'write'): AllowedRoot {
    const matching = this.list.filter((root) => root.path === path.root);
    const root = matching.find((each) => each.access === 'rw') ?? matching[0];
    if (root === undefined) {
      const allowed = this.list.map((each) => each.path).join(', ');
      throw new FerryError('PATH_NOT_ALLOWED', `${pathText(path)} is outside what this agent allows: ${allowed}.`);
    }
    if (need === 'write' && root.access === 'ro') {
      throw new FerryError(
        'PATH_NOT_ALLOWED',
        `${root.path} is allowed for reading only on this agent (--allow ${root.path}:rw opens it).`,
      );
    }
    return root;
  }
}

async function realDirectory(path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return await realpath(path);
  } catch (cause) {
    const why = errnoOf(cause) === 'ENOENT' ? 'does not exist' : `cannot be used (${errnoOf(cause)})`;
    throw new FerryError('VALIDATION', `The allowed root ${path} ${why}. Create it, or allow another path.`, { cause });
  }
  throw new FerryError('VALIDATION', `The allowed root ${path} is not a directory. Allow the directory that holds it.`);
}

/** Where a path really lies, also when its end is yet to be made: a symbolic link on the way must not hide a root. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT' && dirname(path) !== path)
      return join(await realPlace(dirname(path)), basename(path));
    throw new FerryError(
      'VALIDATION',
      `The state directory ${path} cannot be used (${errnoOf(cause)}). Name another one with --state-dir.`,
      { cause },
    );
  }
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way));
}
