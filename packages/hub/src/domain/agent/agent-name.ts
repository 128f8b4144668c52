import { FerryError } from '../common/errors.ts';

/** Names stand before the colon of `agent:path` on a command line and in file names: no colon, no slash, no blank. */
const AGENT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Returns the name when it can be an agent's. @throws FerryError VALIDATION that says what a name looks like. */
export function agentName(text: string): string {
  if (AGENT_NAME.test(text)) return text;
  throw new FerryError(
    'VALIDATION',
    `"${text}" cannot name an agent: a name is 1 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or a digit.`,
  );
}
