import { randomBytes, randomFillSync } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MIB = 1024 * 1024;

/** What is copied: a folder, how many files and bytes are in it. */
export interface Workload {
  readonly name: string;
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/** One file of random bytes, which nothing can compress. */
export async function oneLargeFile(parent: string, sizeMib: number): Promise<Workload> {
  const folder = join(parent, 'large');
  await mkdir(folder, { recursive: true });
  const block = Buffer.allocUnsafe(MIB);
  await using file = await open(join(folder, 'random.bin'), 'w');
  for (let written = 0; written < sizeMib; written += 1) await file.write(randomFillSync(block));
  await file.sync();
  return { name: `one file of ${sizeMib} MiB, random`, folder, files: 1, bytes: sizeMib * MIB };
}

/**
 * A tree of small files, about 27 KB in the mean, as in a source tree: half text, half random; 50 files in each directory.
 * Sizes follow a fixed sequence, so that every run has the same tree.
 */
export async function manySmallFiles(parent: string, files: number): Promise<Workload> {
  const folder = join(parent, 'small');
  const text = Buffer.from('Ferryline moves files between machines that cannot reach each other.\n'.repeat(2_000));
  let bytes = 0;
  for (let at = 0; at < files; at += 1) {
    const directory = join(folder, `group-${Math.floor(at / 2_500)}`, `directory-${Math.floor(at / 50)}`);
    if (at % 50 === 0) await mkdir(directory, { recursive: true });
    const sizeBytes = 100 + ((at * 7_919) % 54_000);
    await writeFile(join(directory, `file-${at}`), at % 2 === 0 ? text.subarray(0, sizeBytes) : randomBytes(sizeBytes));
    bytes += sizeBytes;
  }
  return { name: `${files} small files`, folder, files, bytes };
}
