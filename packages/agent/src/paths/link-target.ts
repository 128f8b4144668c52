/**
 * Why a symbolic link may not travel, in words that follow "it is"; undefined when it may: it is relative and stays inside the copied
 * tree. Judged by its text alone, from the link's own place (`names`, from the top of the tree); it may dangle.
 */
export function linkObjection(names: readonly string[], target: string): string | undefined {
  if (target.startsWith('/')) return `a symbolic link to the absolute path ${target}`;
  let depth = names.length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return `a symbolic link out of the copied tree, to ${target}`;
  }
  return undefined;
}
