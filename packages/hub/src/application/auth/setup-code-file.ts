/** Where an administrator of the machine finds the setup code, besides in the hub's output. */
export interface SetupCodeFile {
  /** Puts the code where only the hub's account can read it; replaces an older one. */
  write(code: string): Promise<void>;
  /** May be called when there is none. */
  remove(): Promise<void>;
}
