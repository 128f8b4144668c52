/** No field of a log line is longer, whatever a client sends (ATTACKS.md A67). */
const MAX_LENGTH = 4_096;
/** Control characters that JSON leaves as they are, and what turns the direction of text: a terminal would act on them. */
const ACTIVE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from outside as a log may hold it: short, and without anything that a terminal acts on. JSON escapes the rest. */
export function logText(text: string): string {
  const plain = text.slice(0, MAX_LENGTH).replace(ACTIVE, escaped);
  return plain.length > MAX_LENGTH || text.length > MAX_LENGTH ? `${plain.slice(0, MAX_LENGTH - 1)}…` : plain;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
