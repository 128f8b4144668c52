import { FerryError } from '../../domain/common/errors.ts';

const MAX_DESCRIPTION_LENGTH = 1_000;
const MAX_LABELS = 32;
/** Labels are typed into filters: short, and without what a shell or a list would read otherwise. */
const LABEL = /^[\p{L}\p{N}][\p{L}\p{N}._:=/-]{0,62}$/u;

/** Returns the text when it can describe an agent. @throws FerryError VALIDATION. */
export function description(text: string): string {
  if (text.length <= MAX_DESCRIPTION_LENGTH && !text.includes('\0')) return text;
  throw new FerryError('VALIDATION', `A description has at most ${MAX_DESCRIPTION_LENGTH} characters, and no NUL.`);
}

/** Returns the labels, each once, when an agent can have them. @throws FerryError VALIDATION that names the one that does not do. */
export function labels(texts: readonly string[]): readonly string[] {
  const wrong = texts.find((text) => !LABEL.test(text));
  if (wrong !== undefined) {
    throw new FerryError(
      'VALIDATION',
      `"${wrong.slice(0, 80)}" cannot be a label: a label is 1 to 63 letters, digits and . _ : = / -, and begins with a letter or a digit.`,
    );
  }
  const once = [...new Set(texts)];
  if (once.length > MAX_LABELS) throw new FerryError('VALIDATION', `An agent has at most ${MAX_LABELS} labels.`);
  return once;
}
