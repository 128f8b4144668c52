import { FerryError } from '@ferryline/engine';
import type { Io } from '../io.ts';

/** Longer than any password that a hub takes. */
const MAX_SECRET_CHARACTERS = 1024;

/**
 * Asks for a secret on the terminal and shows nothing of it.
 *
 * @throws FerryError VALIDATION when standard input is no terminal, CANCELLED on Ctrl-C or Ctrl-D.
 */
export async function promptSecret(io: Io, question: string): Promise<string> {
  const { stdin, stderr } = io;
  if (!stdin.isTTY || stdin.setRawMode === undefined) {
    throw new FerryError(
      'VALIDATION',
      'There is no terminal to ask for the password on. Set FERRY_PASSWORD or use --password-file FILE.',
    );
  }
  stderr.write(question);
  // Raw mode: the terminal echoes nothing and hands over every key, Ctrl-C included.
  stdin.setRawMode(true);
  try {
    let secret = '';
    for await (const piece of stdin.iterator({ destroyOnReturn: false })) {
      for (const key of String(piece)) {
        if (key === '\r' || key === '\n') return secret;
        if (key === '\u0003' || key === '\u0004') throw new FerryError('CANCELLED', 'No password was given.');
        if (key === '\u007f' || key === '\b') secret = [...secret].slice(0, -1).join('');
        else if (secret.length < MAX_SECRET_CHARACTERS) secret += key;
      }
    }
    throw new FerryError('CANCELLED', 'No password was given.');
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
