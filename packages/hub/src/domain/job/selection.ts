/** Which files and directories below the source are meant, as glob patterns; no include pattern means all of them. */
export interface Selection {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export const everything: Selection = { include: [], exclude: [] };
