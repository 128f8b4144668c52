import { FerryError } from '../common/errors.ts';

const MAX_LENGTH = 100;
/** Control characters, and what turns the direction of writing: names stand in tables, logs and mails. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Returns the name, without blanks around it, when a job can have it. @throws FerryError VALIDATION. */
export function jobName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= MAX_LENGTH && !UNSEEN.test(name)) return name;
  throw new FerryError('VALIDATION', `The name of a job has 1 to ${MAX_LENGTH} characters, all of them visible.`);
}
