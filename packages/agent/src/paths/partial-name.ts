/** The hidden file in which a transfer grows, beside its destination. */
export function partialName(transfer: number, attempt: number): string {
  return `.ferry-${transfer}-${attempt}.part`;
}

/** The hidden name of a link that is about to replace something. */
export const PARTIAL_LINK_NAME = '.ferry-link.part';

/** Whether a name is a hidden one of ours: such files are never copied. */
export function isPartialName(name: string): boolean {
  return name === PARTIAL_LINK_NAME || /^\.ferry-\d+-\d+\.part$/.test(name);
}
