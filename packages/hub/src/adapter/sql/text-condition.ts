import { type RawBuilder, sql } from 'kysely';

/** Conditions on text columns. What a person types is text and not a pattern. */

/** Whether a column contains a text, without case. */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  return sql`lower(${sql.ref(column)}) like ${`%${literal(text.toLowerCase())}%`} escape '\\'`;
}

/** Whether a column begins with a text. */
export function beginsWithText(column: string, text: string): RawBuilder<boolean> {
  return sql`${sql.ref(column)} like ${`${literal(text)}%`} escape '\\'`;
}

function literal(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}
