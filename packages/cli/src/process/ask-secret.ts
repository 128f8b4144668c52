import type { Io } from '../io.ts';
import { promptSecret } from './prompt-secret.ts';
import { readSecretFile } from './secret-file.ts';

/**
 * A secret that never stands on a command line: from the file that was named, else asked for on the terminal.
 *
 * @param what names the secret in errors, as in `password`
 * @throws FerryError VALIDATION when the file cannot be read, or there is no terminal.
 */
export function askSecret(io: Io, file: string | undefined, what: string, question: string): Promise<string> {
  return file === undefined ? promptSecret(io, question) : readSecretFile(file, what);
}
