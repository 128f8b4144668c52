import type { RootPath } from '@ferryline/engine';

/** How people write a place: the root, then its names, with slashes. For messages, never for opening. */
export function pathText(path: RootPath): string {
  if (path.names.length === 0) return path.root;
  return `${path.root.replace(/\/+$/, '')}/${path.names.join('/')}`;
}
