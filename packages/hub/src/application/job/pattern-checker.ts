/** Knows which glob patterns an agent will understand. */
export interface PatternChecker {
  /** @throws FerryError VALIDATION that quotes the pattern and says what is wrong with it. */
  check(pattern: string): void;
}
