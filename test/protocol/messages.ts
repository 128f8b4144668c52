// The messages of PROTOCOL.md section 3 as far as a stranger looks at them.

export interface RootPath {
  readonly root: string;
  readonly names: readonly string[];
}

export interface Attempt {
  readonly transfer: number;
  readonly attempt: number;
}

export interface Reception extends Attempt {
  readonly path: RootPath;
  readonly size: number;
  readonly chunkSize: number;
  readonly mode: number;
  readonly mtimeNs: string;
  readonly existing: string;
}

export interface Sending extends Attempt {
  readonly path: RootPath;
  readonly identity: object;
  readonly chunkSize: number;
  readonly compression: string;
  readonly held: readonly (readonly [number, number])[];
}

export interface Finish extends Attempt {
  readonly fileHash: string;
  readonly chunkListHash: string;
}

interface TreePage {
  readonly run: number;
  readonly page: number;
  readonly into: RootPath;
}

/** What a hub says, by type. */
export interface HubMessages {
  welcome: {
    readonly session: string;
    readonly protocolVersion: number;
    readonly agent: { readonly id: number; readonly name: string };
    readonly heartbeatMs: number;
  };
  refused: { readonly code: string; readonly message: string };
  ping: { readonly nonce: string };
  scan: { readonly run: number; readonly path: RootPath };
  entriesTaken: { readonly run: number; readonly page: number };
  cancelScan: { readonly run: number };
  list: { readonly request: number; readonly path: RootPath };
  arrange: TreePage & {
    readonly directories: readonly { readonly names: readonly string[] }[];
    readonly links: readonly { readonly names: readonly string[]; readonly target: string }[];
    readonly existing: string;
  };
  seal: TreePage & {
    readonly directories: readonly {
      readonly names: readonly string[];
      readonly mode: number;
      readonly mtimeNs: string;
    }[];
  };
  receive: { readonly transfers: readonly Reception[] };
  send: { readonly route: number; readonly windowBytes: number; readonly transfers: readonly Sending[] };
  window: { readonly route: number; readonly windowBytes: number };
  finish: { readonly transfers: readonly Finish[] };
  settled: { readonly transfers: readonly Attempt[] };
  cancel: { readonly transfers: readonly Attempt[] };
}

export type HubMessageType = keyof HubMessages;
