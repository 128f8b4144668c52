import type { RootPath } from '@ferryline/engine';

/** Of a longer path people see the end: it must fit into every message that names it, whatever else that says. */
const MAX_SHOWN_CHARACTERS = 4096;

/** How people write a place: the root, then its names, with slashes. For messages, never for opening. */
export function pathText(path: RootPath): string {
  const text = path.names.length === 0 ? path.root : `${path.root.replace(/\/+$/, '')}/${path.names.join('/')}`;
  return text.length <= MAX_SHOWN_CHARACTERS ? text : `…${text.slice(1 - MAX_SHOWN_CHARACTERS)}`;
}
