/** Writes DER (ITU-T X.690), as far as a certificate needs it. Every function gives one whole element: tag, length, content. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const CONTEXT_SPECIFIC = 0x80;
const CONSTRUCTED = 0x20;
/** From this year on a time is written with all four digits (RFC 5280, 4.1.2.5). */
const FIRST_GENERALIZED_YEAR = 2050;

export function sequence(...elements: readonly Buffer[]): Buffer {
  return element(tags.sequence, ...elements);
}

/** A set of one: of more, DER would want the order. */
export function setOf(only: Buffer): Buffer {
  return element(tags.set, only);
}

export function boolean(value: boolean): Buffer {
  return element(tags.boolean, Buffer.of(value ? 0xff : 0x00));
}

/** @param bytes a number that is not negative, big-endian, without leading zeros */
export function unsignedInteger(bytes: Buffer): Buffer {
  const looksNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return element(tags.integer, ...(looksNegative ? [Buffer.of(0)] : []), bytes);
}

export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return element(tags.bitString, Buffer.of(unusedBits), bytes);
}

export function octetString(bytes: Buffer): Buffer {
  return element(tags.octetString, bytes);
}

export function utf8String(text: string): Buffer {
  return element(tags.utf8String, Buffer.from(text, 'utf8'));
}

/** @param dotted as in `2.5.29.17` */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(tags.objectIdentifier, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** To the second; what is below is dropped. */
export function time(moment: Date): Buffer {
  const digits = moment.toISOString().replace(/[-:T]|\.\d+/g, '');
  const isLate = moment.getUTCFullYear() >= FIRST_GENERALIZED_YEAR;
  const [tag, text] = isLate ? [tags.generalizedTime, digits] : [tags.utcTime, digits.slice(2)];
  return element(tag, Buffer.from(text, 'ascii'));
}

/** `[number]` around whole elements. */
export function explicit(number: number, content: Buffer): Buffer {
  return element(CONTEXT_SPECIFIC | CONSTRUCTED | number, content);
}

/** `[number]` instead of the tag of a plain value. */
export function implicit(number: number, content: Buffer): Buffer {
  return element(CONTEXT_SPECIFIC | number, content);
}

function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), lengthOf(body), body]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = bigEndian(length);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function bigEndian(number: number): number[] {
  return number < 0x100 ? [number] : [...bigEndian(Math.floor(number / 0x100)), number % 0x100];
}

/** Seven bits a byte, all but the last with the eighth set. */
function base128(number: number): number[] {
  const last = number % 0x80;
  const before = number < 0x80 ? [] : base128(Math.floor(number / 0x80)).map((byte) => byte | 0x80);
  return [...before, last];
}
