import type { TransferRef } from '@ferryline/engine';

/** The hidden file in which a transfer grows, beside its destination. */
export function partialName(transfer: number, attempt: number): string {
  return `.ferry-${transfer}-${attempt}.part`;
}

/** Whose partial file would be called so; undefined for any other name. */
export function partialOf(name: string): TransferRef | undefined {
  const [, transfer, attempt] = /^\.ferry-(\d+)-(\d+)\.part$/.exec(name) ?? [];
  const ref = { transfer: Number(transfer), attempt: Number(attempt) };
  return partialName(ref.transfer, ref.attempt) === name ? ref : undefined;
}

/** The hidden name of a link that is about to replace something. */
export const PARTIAL_LINK_NAME = '.ferry-link.part';

/** Whether a name is a hidden one of ours: such files are never copied. */
export function isPartialName(name: string): boolean {
  return name === PARTIAL_LINK_NAME || /^\.ferry-\d+-\d+\.part$/.test(name);
}
