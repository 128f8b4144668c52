import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
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
  /** The file system that stood at each root when the agent started. */
  readonly #devices: ReadonlyMap<string, number>;

  private constructor(list: readonly AllowedRoot[], devices: ReadonlyMap<string, number>) {
    this.list = list;
    this.#devices = devices;
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
    const devices = new Map<string, number>();
    for (const { path } of roots) {
      const { real, device } = await realDirectory(path);
      devices.set(path, device);
      if (isWithin(state, real) || isWithin(real, state)) {
        throw new FerryError(
          'VALIDATION',
          `The agent's state directory ${stateDir} and the allowed root ${path} lie within each other. Move the state directory elsewhere with --state-dir.`,
        );
      }
    }
    return new AllowedRoots([...roots], devices);
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

  /**
   * Compares the file system that stands at a root now with the one that stood there when the agent started. An empty mount point is
   * a directory as well: what goes there fills another disk, and what is missing there was not deleted (FAULTS.md F48, F49).
   *
   * @throws FerryError DESTINATION_UNWRITABLE or SOURCE_UNREADABLE when it is another one.
   */
  assertSameDisk(root: string, device: number, need: 'read' | 'write'): void {
    if (this.#devices.get(root) === device) return;
    throw new FerryError(
      need === 'write' ? 'DESTINATION_UNWRITABLE' : 'SOURCE_UNREADABLE',
      `Another file system stands at ${root} than when the agent started. Mount the right one, or restart the agent if this is it.`,
    );
  }
}

async function realDirectory(path: string): Promise<{ readonly real: string; readonly device: number }> {
  try {
    // Opened, not only looked at: what is mounted when it is needed is mounted now.
    await using directory = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await directory.stat();
    if (stats.isDirectory()) return { real: await realpath(path), device: stats.dev };
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
