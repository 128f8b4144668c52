import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parse, YAMLParseError } from 'yaml';
import { FerryError } from '../../domain/common/errors.ts';
import { type HubSetting, hubSettings, isHubSetting, listSettings } from './settings.ts';

/**
 * The settings in a YAML file, as text. A value that is left empty counts as not given.
 *
 * @throws FerryError VALIDATION when the file cannot be read, is no YAML, or holds a key that is not known: then it names the key
 * and the nearest known one.
 */
export function readConfigFile(file: string): Map<HubSetting, string> {
  const document = parseFile(file);
  const settings = new Map<HubSetting, string>();
  if (document === null || document === undefined) return settings;
  if (!isMapping(document))
    throw new FerryError('VALIDATION', `The configuration file ${file} must hold keys and values.`);
  for (const [name, value] of flatten(document, '')) {
    if (!isHubSetting(name)) throw unknownKey(name, file);
    if (Array.isArray(value) && listSettings.has(name) && value.every((each) => typeof each === 'string')) {
      settings.set(name, value.join(','));
      continue;
    }
    if (typeof value === 'object') {
      throw new FerryError('VALIDATION', `"${name}" in ${file} takes a single value, not a list.`);
    }
    settings.set(name, String(value));
  }
  return settings;
}

function parseFile(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    if (thrown instanceof YAMLParseError) {
      const line = thrown.linePos?.[0].line;
      const where = line === undefined ? '' : ` (line ${line})`;
      throw new FerryError('VALIDATION', `The configuration file ${file} is no valid YAML${where}: ${thrown.code}.`, {
        cause: thrown,
      });
    }
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw new FerryError('VALIDATION', `The configuration file ${file} cannot be read (${reason}).`, { cause: thrown });
  }
}

/** Every value with its whole name: `relay: {memory: 1GiB}` becomes `relay.memory`. */
function* flatten(mapping: Readonly<Record<string, unknown>>, prefix: string): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(mapping)) {
    const name = `${prefix}${key}`;
    if (isMapping(value)) yield* flatten(value, `${name}.`);
    // An empty value sets nothing, but its key must be one of ours, or the beginning of one.
    else if (value !== null) yield [name, value];
    else if (!Object.keys(hubSettings).some((known) => known === name || known.startsWith(`${name}.`)))
      yield [name, ''];
  }
}

function unknownKey(name: string, file: string): FerryError {
  const nearest = closest(name, Object.keys(hubSettings));
  return new FerryError('VALIDATION', `"${name}" in ${file} is not a known key. Did you mean "${nearest}"?`, {
    details: { key: name, file, nearest },
  });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
