import { readFile } from 'node:fs/promises';
import { FerryError } from '@ferryline/engine';

/**
 * The secret in a file: its first line, without spaces around it.
 *
 * @param what names the secret in errors, as in `token`
 * @throws FerryError VALIDATION when the file cannot be read or begins with an empty line.
 */
export async function readSecretFile(file: string, what: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FerryError('VALIDATION', `The ${what} file ${file} cannot be read (${reason}).`, { cause: thrown });
  }
  const secret = text.split('\n', 1)[0]?.trim() ?? '';
  if (secret === '') throw new FerryError('VALIDATION', `The ${what} file ${file} holds no ${what} on its first line.`);
  return secret;
}
