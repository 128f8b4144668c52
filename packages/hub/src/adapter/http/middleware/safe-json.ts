import { FerryError } from '@ferryline/engine';

/** Deeper than anything that the hub reads, and shallow enough for every function that walks it. */
const MAX_DEPTH = 16;
/** Keys that mean something to JavaScript objects: where one of them is merged or assigned, every object changes (ATTACKS.md A55). */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses what no schema should have to think of: JSON nested too deeply, keys that could change the prototype of objects, and text
 * that a database would refuse or store otherwise than it was sent.
 *
 * @param where what the value came in, for the message
 * @throws FerryError VALIDATION.
 */
export function requireSafeJson(value: unknown, where: string, depth = 0): void {
  if (typeof value === 'string') requireStorable(value, where);
  if (typeof value !== 'object' || value === null) return;
  if (depth >= MAX_DEPTH)
    throw new FerryError('VALIDATION', `The ${where} is nested more than ${MAX_DEPTH} levels deep.`);
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) throw new FerryError('VALIDATION', `The ${where} may not hold the key "${key}".`);
    requireStorable(key, where);
  }
  for (const each of Object.values(value)) requireSafeJson(each, where, depth + 1);
}

function requireStorable(text: string, where: string): void {
  if (text.includes('\0')) throw new FerryError('VALIDATION', `The ${where} holds the character U+0000. Leave it out.`);
  if (text.isWellFormed()) return;
  throw new FerryError('VALIDATION', `The ${where} holds half of a character (a lone surrogate). Send complete ones.`);
}
