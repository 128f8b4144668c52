import type { World } from './world.ts';

/** A file: its chunks as the page cache has them, as they survive a power cut, and which of them a sync has still to write. */
export interface Inode {
  readonly chunks: Map<number, Buffer>;
  readonly durable: Map<number, Buffer>;
  readonly dirty: Set<number>;
  /** Every name under which it survived the worst, or would: a consumer may have taken it away since. */
  readonly durableAs: Set<string>;
}

/** A change of the directory that may or may not survive a power cut. */
interface DirectoryChange {
  readonly type: 'set' | 'removed';
  readonly name: string;
  readonly inode: Inode;
}

/** What a power cut did to a disk. */
export interface PowerCut {
  readonly changesLost: number;
  readonly changesKept: number;
  readonly chunksTorn: number;
}

/**
 * A disk with one directory. The death of a process leaves all that was written; a power cut leaves what was synced, of the chunks any
 * others that chance wants, and of the directory's changes the first so many. A sync of a file makes its name durable as well, as
 * ext4, XFS and Btrfs do; a failed sync drops what it was to write, and the next one does not say so (FAULTS.md P12).
 */
export class SimulatedDisk {
  readonly names = new Map<string, Inode>();
  isFull = false;
  failsSyncs = false;
  readonly #world: World;
  readonly #durableNames = new Map<string, Inode>();
  /** Not durable yet, oldest first. A rename is a group of changes that survive together. */
  #changes: DirectoryChange[][] = [];

  constructor(world: World) {
    this.#world = world;
  }

  create(name: string): Inode {
    if (this.isFull) throw new DiskError('NO_SPACE');
    const inode: Inode = { chunks: new Map(), durable: new Map(), dirty: new Set(), durableAs: new Set() };
    this.#change([{ type: 'set', name, inode }]);
    return inode;
  }

  write(inode: Inode, index: number, bytes: Buffer): void {
    if (this.isFull) throw new DiskError('NO_SPACE');
    inode.chunks.set(index, bytes);
    inode.dirty.add(index);
  }

  /** Takes a chunk off the end of a file. */
  cut({ chunks, durable, dirty }: Inode, index: number): void {
    chunks.delete(index);
    durable.delete(index);
    dirty.delete(index);
  }

  /** Makes chunks durable that were written before the sync began, and the name of the file. */
  syncFile(inode: Inode, begun: readonly (readonly [index: number, bytes: Buffer])[]): void {
    if (this.failsSyncs) {
      inode.dirty.clear();
      throw new DiskError('DESTINATION_UNWRITABLE');
    }
    for (const [index, bytes] of begun) {
      if (!inode.dirty.has(index)) continue;
      inode.durable.set(index, bytes);
      if (inode.chunks.get(index) === bytes) inode.dirty.delete(index);
    }
    const creation = this.#changes.findIndex((group) => group.some((each) => each.inode === inode));
    for (const group of this.#changes.splice(0, creation + 1)) this.#survive(group);
  }

  /** One rename, atomic, over whatever stands there. */
  rename(from: string, to: string): void {
    const inode = this.#at(from);
    this.#change([
      { type: 'removed', name: from, inode },
      { type: 'set', name: to, inode },
    ]);
  }

  /** A second name. @throws DiskError DESTINATION_EXISTS. */
  link(from: string, to: string): void {
    if (this.names.has(to)) throw new DiskError('DESTINATION_EXISTS');
    this.#change([{ type: 'set', name: to, inode: this.#at(from) }]);
  }

  remove(name: string): void {
    const inode = this.names.get(name);
    if (inode !== undefined) this.#change([{ type: 'removed', name, inode }]);
  }

  syncDirectory(): void {
    if (this.failsSyncs) throw new DiskError('DESTINATION_UNWRITABLE');
    for (const group of this.#changes.splice(0)) this.#survive(group);
  }

  /** The machine loses its power. */
  cutPower(): PowerCut {
    const { random } = this.#world;
    const kept = Math.floor(random() * (this.#changes.length + 1));
    const changesLost = this.#changes.length - kept;
    for (const group of this.#changes.slice(0, kept)) this.#survive(group);
    this.#changes = [];
    const inodes = new Set([...this.names.values(), ...this.#durableNames.values()]);
    this.names.clear();
    for (const [name, inode] of this.#durableNames) this.names.set(name, inode);
    let chunksTorn = 0;
    for (const inode of inodes) chunksTorn += this.#tear(inode);
    return { changesLost, changesKept: kept, chunksTorn };
  }

  /** What was on its way to the disk may be there, be as it was before, or be half there. */
  #tear({ chunks, durable, dirty }: Inode): number {
    let torn = 0;
    for (const [index, bytes] of chunks) {
      const before = durable.get(index);
      if (before === bytes) continue;
      const fate = this.#world.random();
      if (fate < 0.4 && before === undefined) chunks.delete(index);
      else if (fate < 0.4 && before !== undefined) chunks.set(index, before);
      else if (fate < 0.7)
        chunks.set(index, Buffer.concat([bytes.subarray(0, bytes.length / 2), ZEROS]).subarray(0, bytes.length));
      if (fate < 0.7) torn += 1;
      const now = chunks.get(index);
      if (now !== undefined) durable.set(index, now);
    }
    dirty.clear();
    return torn;
  }

  #at(name: string): Inode {
    const inode = this.names.get(name);
    if (inode === undefined) throw new Error(`there is no ${name} on this disk`);
    return inode;
  }

  #change(group: DirectoryChange[]): void {
    make(this.names, group);
    this.#changes.push(group);
  }

  #survive(group: readonly DirectoryChange[]): void {
    make(this.#durableNames, group);
    for (const { type, name, inode } of group) {
      if (type === 'set') inode.durableAs.add(name);
    }
  }
}

function make(names: Map<string, Inode>, group: readonly DirectoryChange[]): void {
  for (const { type, name, inode } of group) {
    if (type === 'set') names.set(name, inode);
    else names.delete(name);
  }
}

const ZEROS = Buffer.alloc(1024);

/** What an operation of the disk came to. */
export class DiskError extends Error {
  readonly code: 'NO_SPACE' | 'DESTINATION_UNWRITABLE' | 'DESTINATION_EXISTS';

  constructor(code: DiskError['code']) {
    super(`the disk answers ${code}`);
    this.code = code;
  }
}
