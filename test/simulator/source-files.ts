import { hash } from 'node:crypto';
import { FerryError, type FileIdentity } from '@ferryline/engine';

/** A file as it is on the disk of a source; whoever holds it open keeps it when another takes its name. */
export interface SourceInode {
  readonly ino: number;
  content: Buffer;
  changedAt: number;
}

/** The files of a source, by their names. Every version that a file ever had is remembered by what makes it that version. */
export class SourceFiles {
  readonly #files = new Map<string, SourceInode>();
  /** SHA-256 by identity. */
  readonly #versions = new Map<string, string>();
  #changes = 0;

  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  find(name: string): SourceInode | undefined {
    return this.#files.get(name);
  }

  /** Makes a file, or puts another in its place. */
  put(name: string, sizeBytes: number): void {
    this.#changes += 1;
    const inode = { ino: this.#changes, content: pattern(sizeBytes, this.#changes), changedAt: this.#changes };
    this.#files.set(name, inode);
    this.#remember(inode);
  }

  /** Writes other bytes into a file, from its first to its last or not so far. */
  write(name: string, from: number): void {
    const inode = this.#files.get(name);
    if (inode === undefined) return;
    this.#changes += 1;
    const fresh = pattern(inode.content.length, this.#changes);
    inode.content = Buffer.concat([inode.content.subarray(0, from), fresh.subarray(from)]);
    inode.changedAt = this.#changes;
    this.#remember(inode);
  }

  remove(name: string): void {
    this.#files.delete(name);
  }

  /** What the file with this identity was; undefined when there never was one. */
  hashOf(identity: FileIdentity): string | undefined {
    return this.#versions.get(versionOf(identity));
  }

  /** @throws FerryError SOURCE_NOT_FOUND. */
  open(name: string): SourceInode {
    const inode = this.#files.get(name);
    if (inode === undefined) throw new FerryError('SOURCE_NOT_FOUND', `${name} is not there.`);
    return inode;
  }

  #remember(inode: SourceInode): void {
    this.#versions.set(versionOf(identityOf(inode)), hash('sha256', inode.content));
  }
}

export function identityOf({ ino, content, changedAt }: SourceInode): FileIdentity {
  const at = String(changedAt * 1_000_000);
  return { dev: '1', ino: String(ino), size: content.length, mtimeNs: at, ctimeNs: at };
}

/** @throws FerryError SOURCE_CHANGED when it is not the file that was planned. */
export function assertSame(planned: FileIdentity, found: SourceInode | undefined): void {
  if (found !== undefined && versionOf(planned) === versionOf(identityOf(found))) return;
  throw new FerryError('SOURCE_CHANGED', 'The file changed while it was being copied.');
}

function versionOf({ ino, size, mtimeNs }: FileIdentity): string {
  return `${ino}/${size}/${mtimeNs}`;
}

/** Bytes that no other version has, and no other chunk of this one. */
function pattern(sizeBytes: number, version: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let at = 0; at + 8 <= sizeBytes; at += 8) {
    bytes.writeUInt32LE(version, at);
    bytes.writeUInt32LE(at, at + 4);
  }
  for (let at = sizeBytes - (sizeBytes % 8); at < sizeBytes; at += 1) bytes[at] = version + at;
  return bytes;
}
