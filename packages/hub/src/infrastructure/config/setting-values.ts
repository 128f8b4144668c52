import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseByteSize } from './byte-size.ts';
import { type FoundSetting, invalidSetting } from './found-setting.ts';

/** How the text of a setting becomes its value. Each throws FerryError VALIDATION that names the setting, where it was set, and what it takes. */

export function nonEmpty(found: FoundSetting): string {
  if (found.text.trim() !== '') return found.text;
  throw invalidSetting(found, 'may not be empty');
}

export function wholeNumber(found: FoundSetting, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(found.text);
  if (/^\d+$/.test(found.text.trim()) && value >= min && value <= max) return value;
  throw invalidSetting(found, `takes a whole number from ${min} to ${max}`);
}

/** @param atLeast as people write it, as in 4MiB */
export function byteSize(found: FoundSetting, minBytes: number, atLeast: string): number {
  const bytes = parseByteSize(found.text);
  if (bytes !== undefined && bytes >= minBytes) return bytes;
  throw invalidSetting(found, `takes a size of at least ${atLeast}, as in 128MiB`);
}

export function oneOf<Value extends string>(found: FoundSetting, values: readonly Value[]): Value {
  const value = values.find((each) => each === found.text);
  if (value !== undefined) return value;
  throw invalidSetting(found, `takes one of ${values.join(', ')}`);
}

export function yesOrNo(found: FoundSetting): boolean {
  return oneOf(found, ['true', 'false']) === 'true';
}

/** A path; a relative one starts from the file that it stands in. */
export function path(found: FoundSetting): string {
  return resolve(found.folder, nonEmpty(found));
}

/** The first line of the file that the setting names, without spaces around it; not of one that every account may read. */
export function secretIn(found: FoundSetting): string {
  const file = path(found);
  let text: string;
  let othersMay: number;
  try {
    text = readFileSync(file, 'utf8');
    // Windows has no such bits and reports none that mean anything.
    othersMay = process.platform === 'win32' ? 0 : statSync(file).mode & 0o007;
  } catch (thrown) {
    const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw invalidSetting(found, `names a file that can be read (${reason})`);
  }
  if (othersMay !== 0) {
    throw invalidSetting(found, `takes a file that other accounts cannot read: run chmod 600 ${file}`);
  }
  const secret = text.split('\n', 1)[0]?.trim() ?? '';
  if (secret === '') throw invalidSetting(found, 'names a file with the secret on its first line, which is empty');
  return secret;
}

/** A PostgreSQL address. It may hold a password, so no error repeats it. */
export function postgresUrl(found: FoundSetting): string {
  const url = URL.parse(found.text);
  const isPostgres = url !== null && /^postgres(ql)?:$/.test(url.protocol);
  if (isPostgres && url.pathname.length > 1) return found.text;
  throw invalidSetting(found, 'takes an address like postgres://user:password@db.example:5432/ferryline', '');
}

export function networks(found: FoundSetting): readonly string[] {
  return eachOf(found, isNetwork, 'takes addresses and networks, as in 10.0.0.5, 10.1.0.0/16');
}

export function origins(found: FoundSetting): readonly string[] {
  return eachOf(found, isOrigin, 'takes origins, as in https://portal.example, without a path');
}

export function hostNames(found: FoundSetting): readonly string[] {
  return eachOf(
    found,
    isHostName,
    'takes names, as in hub.example or hub.example:7420, without https:// and without a path',
  );
}

function eachOf(found: FoundSetting, fits: (text: string) => boolean, rule: string): readonly string[] {
  const texts = found.text.split(',').map((text) => text.trim());
  const wrong = texts.find((text) => !fits(text));
  if (wrong !== undefined) throw invalidSetting(found, rule);
  return texts;
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= bits);
}

/** As it comes in a Host header: a name, and perhaps a port. */
function isHostName(text: string): boolean {
  return /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*(:\d{1,5})?$/i.test(text);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
