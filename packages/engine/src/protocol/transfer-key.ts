import type { TransferRef } from './values.ts';

/** The attempt alone, of whatever carries one. */
export function refOf({ transfer, attempt }: TransferRef): TransferRef {
  return { transfer, attempt };
}

/** A key for maps: one for each attempt of each transfer. */
export function keyOf({ transfer, attempt }: TransferRef): string {
  return `${transfer}.${attempt}`;
}
