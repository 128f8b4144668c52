import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Stop after the check instead of staying up. */
  readonly once: boolean;
  /** Absolute path of the folder that is copied. */
  readonly source: string;
}

const USAGE = 'Usage: npm run demo -- [--once] [--source FOLDER]   (default source: this repository)';

/** @throws Error with a sentence when the arguments do not do. */
export function readOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args);
  const repository = join(import.meta.dirname, '..', '..');
  // npm runs scripts in the repository; a relative path was meant from where the person stood.
  const source = resolve(process.env.INIT_CWD ?? '.', values.source ?? repository);
  if (!statSync(source, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${source} is no folder. ${USAGE}`);
  return { once: values.once ?? false, source };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { once: { type: 'boolean' }, source: { type: 'string' } } });
  } catch (thrown) {
    throw new Error(`${thrown instanceof Error ? thrown.message : String(thrown)} ${USAGE}`);
  }
}
