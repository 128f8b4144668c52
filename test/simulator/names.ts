import type { RootPath, TransferRef } from '@ferryline/engine';

/** The name of a partial file on a simulated disk; no other begins with a dot. */
export function partialName({ transfer, attempt }: TransferRef): string {
  return `.${transfer}.${attempt}.part`;
}

/** The name of a whole file. */
export function finalName({ root, names }: RootPath): string {
  return [root, ...names].join('/');
}
