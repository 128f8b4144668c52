/** From where somebody signs in, and with what: for the list in which people look for what is not theirs. */
export interface Visitor {
  readonly address: string;
  /** The User-Agent header, or what else names the program. */
  readonly client: string;
}
