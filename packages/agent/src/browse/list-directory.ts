import { lstatSync, readdirSync } from 'node:fs';
import { type AgentMessage, FerryError, type HubMessage, isEntryName, type ListedItem } from '@ferryline/engine';
import type { Directory } from '../paths/directory.ts';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { asSourceError, errnoOf } from '../paths/file-system-error.ts';
import { isPartialName } from '../paths/partial-name.ts';
import { pathText } from '../paths/path-text.ts';

type ListRequest = Extract<HubMessage, { type: 'list' }>;

/**
 * Answers what is in a directory: a page of its names in byte order, each looked at without being followed or opened. However large
 * the directory is, only the page is looked at. Never throws.
 */
export function listDirectory(tree: DirectoryTree, request: ListRequest): AgentMessage {
  try {
    return list(tree, request);
  } catch (thrown) {
    const path = pathText(request.path);
    const { code, message } = errnoOf(thrown) === 'ENOTDIR' ? noDirectory(path) : asSourceError(thrown, path);
    return { type: 'listFailed', request: request.request, code, message };
  }
}

function noDirectory(path: string): FerryError {
  return new FerryError('SOURCE_UNREADABLE', `${path} is no directory: there is nothing in it to list.`);
}

function list(tree: DirectoryTree, { request, path, after, limit }: ListRequest): AgentMessage {
  const held = tree.directory(path, 'read', { create: false });
  try {
    const all = readdirSync(held.directory.path, { encoding: 'buffer' }).sort(Buffer.compare);
    const names = all.flatMap(textOf);
    const from = after === undefined ? 0 : firstAfter(names, Buffer.from(after));
    const page = names.slice(from, from + limit);
    return {
      type: 'listing',
      request,
      entries: page.flatMap((name) => look(held.directory, name)),
      more: from + page.length < names.length,
      unlisted: all.length - names.length,
    };
  } finally {
    held.release();
  }
}

/** Names that text can say; files that are still arriving are nobody's business. */
function textOf(bytes: Buffer): readonly string[] {
  const name = bytes.toString();
  if (!Buffer.from(name).equals(bytes) || !isEntryName(name)) return [];
  return isPartialName(name) ? [] : [name];
}

function firstAfter(names: readonly string[], after: Buffer): number {
  const at = names.findIndex((name) => Buffer.compare(Buffer.from(name), after) > 0);
  return at === -1 ? names.length : at;
}

/** What a name is at this moment; nothing when it has gone since. */
function look(directory: Directory, name: string): readonly ListedItem[] {
  try {
    const stats = lstatSync(directory.childPath(name), { bigint: true });
    const mtimeNs = String(stats.mtimeNs);
    if (stats.isFile()) return [{ name, kind: 'file', size: Number(stats.size), mtimeNs }];
    if (stats.isDirectory()) return [{ name, kind: 'directory', mtimeNs }];
    return [{ name, kind: stats.isSymbolicLink() ? 'symlink' : 'other', mtimeNs }];
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
