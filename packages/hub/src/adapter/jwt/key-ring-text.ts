import { createSecretKey } from 'node:crypto';
import { z } from 'zod';
import { KEY_BYTES, KeyRing } from './key-ring.ts';

const keySchema = z.strictObject({
  kid: z.string().regex(/^[0-9a-f]{16}$/),
  key: z.base64url().transform((text) => Buffer.from(text, 'base64url')),
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  retiredAt: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
});
const ringSchema = z.strictObject({ version: z.literal(1), keys: z.array(keySchema).min(1).max(1_000) });

/** A ring as its file holds it. */
export function formatKeyRing({ keys }: KeyRing): string {
  const entries = keys.map(({ kid, key, createdAt, retiredAt }) => ({
    kid,
    key: key.export().toString('base64url'),
    createdAt,
    retiredAt,
  }));
  return `${JSON.stringify({ version: 1, keys: entries }, undefined, 2)}\n`;
}

/** @throws Error for what is no key ring, or holds a key that is too short. Never shows any of the text. */
export function parseKeyRing(text: string): KeyRing {
  const parsed = ringSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error('it does not hold a list of keys');
  return new KeyRing(
    parsed.data.keys.map(({ kid, key, createdAt, retiredAt }) => {
      if (key.length !== KEY_BYTES) throw new Error(`key ${kid} has ${key.length} bytes instead of ${KEY_BYTES}`);
      return { kid, key: createSecretKey(key), createdAt, ...(retiredAt !== undefined && { retiredAt }) };
    }),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is secret.
    return undefined;
  }
}
