/** Control characters, line separators, characters that reverse the direction of text, halves of pairs. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from outside in a form that is safe to keep and to show: cut to so many characters, and what is invisible spelled out. */
export function visibleText(text: string, maxLength: number): string {
  const shown = [...text.slice(0, maxLength * 2)].slice(0, maxLength).join('');
  const escaped = shown.replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shown.length < text.length ? `${escaped}…` : escaped;
}

/** Whether a text holds anything that people would not see. */
export function hasInvisible(text: string): boolean {
  return text.search(INVISIBLE) >= 0;
}
