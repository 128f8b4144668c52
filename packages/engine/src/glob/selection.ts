import { FerryError } from '../error/ferry-error.ts';
import { matchPath } from './path-match.ts';
import { type Pattern, parsePattern } from './pattern.ts';

/** Patterns of one kind, in one selection. */
export const MAX_PATTERNS = 100;

/** What a selection means of a tree; names count from its top. */
export interface TreeSelection {
  /** Whether a file or a link is meant, or a directory itself and all below it. */
  selects(names: readonly string[], kind: 'file' | 'directory'): boolean;
  /** Whether anything below a directory can be meant: others need not be looked into. */
  enters(names: readonly string[]): boolean;
}

/**
 * Puts include and exclude patterns together. What is excluded is out, with all below it; what is left is meant if no include pattern
 * is given, or one of them matches it or a directory above it. The top itself is always meant.
 *
 * @throws FerryError VALIDATION for a pattern that cannot be used, or too many.
 */
export function compileSelection({
  include = [],
  exclude = [],
}: {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}): TreeSelection {
  if (include.length > MAX_PATTERNS || exclude.length > MAX_PATTERNS) {
    throw new FerryError('VALIDATION', `A selection has at most ${MAX_PATTERNS} patterns of each kind.`);
  }
  const included = include.map(parsePattern);
  const excluded = exclude.map(parsePattern);
  const isExcluded = (names: readonly string[], kind: 'file' | 'directory'): boolean => reaches(excluded, names, kind);
  return {
    selects: (names, kind) => {
      if (names.length === 0) return true;
      return !isExcluded(names, kind) && (included.length === 0 || reaches(included, names, kind));
    },
    enters: (names) => {
      if (names.length === 0) return true;
      if (isExcluded(names, 'directory')) return false;
      if (included.length === 0 || reaches(included, names, 'directory')) return true;
      return included.some((pattern) => matchPath(pattern, names).canGoOn);
    },
  };
}

/** Whether a pattern matches the names, or a directory on the way to them. */
function reaches(patterns: readonly Pattern[], names: readonly string[], kind: 'file' | 'directory'): boolean {
  return patterns.some((pattern) => {
    for (let depth = 1; depth < names.length; depth += 1) {
      if (matchPath(pattern, names.slice(0, depth)).isWhole) return true;
    }
    return (kind === 'directory' || !pattern.directoriesOnly) && matchPath(pattern, names).isWhole;
  });
}
