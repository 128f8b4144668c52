import { closest } from 'fastest-levenshtein';
import { knownVariables } from './settings.ts';

/**
 * A sentence for each FERRY_ variable that nobody reads. A warning and no error: the environment is shared, and a newer ferry may
 * know what this one does not.
 */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('FERRY_') && !knownVariables.includes(name))
    .sort()
    .map(
      (name) =>
        `the environment variable ${name} is not known and changes nothing; did you mean ${closest(name, knownVariables)}?`,
    );
}
