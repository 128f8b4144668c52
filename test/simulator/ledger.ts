import { hash } from 'node:crypto';
import { keyOf, type TransferRef } from '@ferryline/engine';
import type { Transfer } from '../../packages/hub/src/domain/transfer/transfer.ts';
import type { Inode } from './simulated-disk.ts';
import { promised } from './violation.ts';

/** A file that was put in its place. */
interface Publication {
  readonly attempt: number;
  readonly name: string;
  readonly inode: Inode;
  /** Nothing speaks against doing it again: a power cut took it back, its sync failed, or a person had the transfer tried again. */
  isOver: boolean;
}

export interface LedgerParts {
  readonly transfer: (id: number) => Transfer | undefined;
  /** SHA-256 of what a transfer was planned to move. */
  readonly plannedHash: (transfer: Transfer) => string | undefined;
}

/** What really happened, for comparison with what the parties say: the witness of the promises. */
export class Ledger {
  readonly #parts: LedgerParts;
  /** By attempt: chunks that a destination acknowledged, and whose stored copy nobody has damaged since. */
  readonly #acknowledged = new Map<string, Set<number>>();
  readonly #publications = new Map<number, Publication[]>();
  readonly #published = new Map<Inode, string>();
  /** Chunks that were sent again although they had been acknowledged. */
  repeats = 0;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  transfer(id: number): Transfer {
    const transfer = this.#parts.transfer(id);
    promised('I8', transfer !== undefined, () => `transfer ${id} is spoken of, and does not exist`);
    return transfer;
  }

  acknowledged(ref: TransferRef, index: number): void {
    const key = keyOf(ref);
    const indices = this.#acknowledged.get(key) ?? new Set();
    this.#acknowledged.set(key, indices.add(index));
  }

  /** The stored copy of a chunk was damaged by somebody. */
  damaged(ref: TransferRef, index: number): void {
    this.#acknowledged.get(keyOf(ref))?.delete(index);
  }

  /** A destination gave an attempt up, and removes what it has of it. */
  discarded(ref: TransferRef): void {
    this.#acknowledged.delete(keyOf(ref));
  }

  isAcknowledged(ref: TransferRef, index: number): boolean {
    return this.#acknowledged.get(keyOf(ref))?.has(index) ?? false;
  }

  /** A destination says which chunks it holds. */
  claimed(ref: TransferRef, isHeld: (index: number) => boolean): void {
    for (const index of this.#acknowledged.get(keyOf(ref)) ?? []) {
      promised('I4', isHeld(index), () => `chunk ${index} of ${keyOf(ref)} was acknowledged, and is asked for again`);
    }
  }

  /** A file was put in its place. */
  published(ref: TransferRef, name: string, inode: Inode): void {
    const content = contentHash(inode.chunks);
    const transfer = this.transfer(ref.transfer);
    promised(
      'I1',
      content === this.#parts.plannedHash(transfer),
      () => `${keyOf(ref)} is published, and is not the file that was planned`,
    );
    const before = this.#publications.get(ref.transfer) ?? [];
    const standing = before.find((each) => !each.isOver);
    promised(
      'I3',
      standing === undefined,
      () => `transfer ${ref.transfer} is published twice: as ${standing?.attempt}, and as ${ref.attempt}`,
    );
    this.#publications.set(ref.transfer, [...before, { attempt: ref.attempt, name, inode, isOver: false }]);
    this.#published.set(inode, content);
  }

  /** What was published may be published again. */
  mayPublishAgain(transferId: number): void {
    for (const publication of this.#publications.get(transferId) ?? []) publication.isOver = true;
  }

  /** A disk lost its power: what of its publications is gone? Returns how many were taken back, and how many survived without a sync. */
  powerWasCut(
    names: ReadonlyMap<string, Inode>,
    unsynced: ReadonlySet<Inode>,
  ): { readonly back: number; readonly survived: number } {
    let [back, survived] = [0, 0];
    for (const publication of [...this.#publications.values()].flat()) {
      if (!unsynced.has(publication.inode)) continue;
      if (publication.inode.durableAs.has(publication.name)) survived += 1;
      else {
        publication.isOver = true;
        back += 1;
      }
    }
    for (const [name, inode] of names) {
      const content = this.#published.get(inode);
      if (content === undefined || name.startsWith('.')) continue;
      promised('I1', contentHash(inode.chunks) === content, () => `${name} is torn after a power cut`);
    }
    return { back, survived };
  }

  /** What was published and has not survived a power cut for sure. */
  unsynced(): ReadonlySet<Inode> {
    const publications = [...this.#publications.values()].flat();
    return new Set(publications.filter((each) => !each.inode.durableAs.has(each.name)).map((each) => each.inode));
  }

  /** Whether the file of a transfer stands, or stood, at its place, and would have survived everything from then on. */
  isDelivered(transfer: Transfer): boolean {
    return (this.#publications.get(transfer.id) ?? []).some(
      ({ inode, name }) =>
        inode.durableAs.has(name) && contentHash(inode.durable) === this.#parts.plannedHash(transfer),
    );
  }
}

function contentHash(chunks: ReadonlyMap<number, Buffer>): string {
  const inOrder = [...chunks].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes);
  return hash('sha256', Buffer.concat(inOrder));
}
