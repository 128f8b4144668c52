import { FerryError } from '../error/ferry-error.ts';

/**
 * How a control message may be built (PROTOCOL.md section 1.3). Without these a message of 4 MiB that is nothing but brackets, or one
 * object with 400,000 fields, keeps whoever parses it from everything else for seconds (ATTACKS.md A54).
 */
const MAX_DEPTH = 16;
const MAX_FIELDS_OF_OBJECT = 64;
/** `hello` with everything that an agent may hold has 200,000. */
const MAX_FIELDS = 250_000;
/** The ranges of chunks of several very large files, held in shreds, are the most. */
const MAX_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Looks through a text before it is parsed, in one pass. Whether it is JSON at all is not its business. @throws FerryError PROTOCOL. */
export function requireBoundedJson(text: string): void {
  const fieldsAt = new Uint32Array(MAX_DEPTH + 1);
  let depth = 0;
  let fields = 0;
  let values = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        depth += 1;
        values += 1;
        if (depth > MAX_DEPTH) throw refused(`it is nested more than ${MAX_DEPTH} deep`);
        fieldsAt[depth] = 0;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth = Math.max(0, depth - 1);
        break;
      case COMMA:
        values += 1;
        break;
      case COLON:
        fields += 1;
        fieldsAt[depth] = (fieldsAt[depth] ?? 0) + 1;
        if ((fieldsAt[depth] ?? 0) > MAX_FIELDS_OF_OBJECT) {
          throw refused(`an object in it has more than ${MAX_FIELDS_OF_OBJECT} fields`);
        }
    }
    if (values > MAX_VALUES || fields > MAX_FIELDS) throw refused('it has too many values');
  }
}

/** Where the string ends that begins here; the end of the text when it does not. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

function refused(why: string): FerryError {
  return new FerryError('PROTOCOL', `A control message is refused: ${why}.`);
}
