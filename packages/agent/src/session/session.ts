import {
  type AgentMessage,
  type DecodedFrame,
  exhaustive,
  FerryError,
  type Hello,
  type HubMessage,
} from '@ferryline/engine';
import type { Logger } from 'pino';
import { listDirectory } from '../browse/list-directory.ts';
import type { Destination } from '../destination/destination.ts';
import type { TreeWork } from '../destination/tree-work.ts';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { Scanner } from '../source/scanner.ts';
import { Source } from '../source/source.ts';
import { boundedHeartbeatMs } from './hub-numbers.ts';
import { AgentReports } from './reports.ts';
import type { Connection, Transport } from './transport.ts';

/** Before `welcome` says how often the hub pings. */
const WELCOME_TIMEOUT_MS = 15_000;
/** This many silent heartbeats mean that the hub is gone. */
const MISSED_HEARTBEATS = 3;

export interface SessionParts {
  readonly transport: Transport;
  readonly hello: () => Hello;
  readonly tree: DirectoryTree;
  readonly destination: Destination;
  readonly treeWork: TreeWork;
  readonly logger: Logger;
  /** Called when the hub has welcomed the agent. */
  readonly onWelcome: (agentName: string) => void;
}

/** How a session ended: `refused` by the hub for a reason that trying again does not mend, or `lost`. */
export type SessionEnd =
  | { readonly kind: 'refused'; readonly error: FerryError }
  | { readonly kind: 'lost'; readonly reason: string; readonly wasWelcome: boolean };

/** Lives one session from connecting to its end. Rejects when connecting fails. */
export async function liveSession(parts: SessionParts, signal: AbortSignal): Promise<SessionEnd> {
  const ended = Promise.withResolvers<SessionEnd>();
  let session: Session | undefined;
  const connection = await parts.transport.connect(
    {
      message: (message) => session?.onMessage(message),
      frame: (decoded) => session?.onFrame(decoded),
      closed: (reason) => {
        session?.onClosed();
        ended.resolve({ kind: 'lost', reason, wasWelcome: session?.isWelcome ?? false });
      },
    },
    signal,
  );
  session = new Session(parts, connection, (error) => ended.resolve({ kind: 'refused', error }));
  const stop = (): void => void connection.close('the agent stops');
  signal.addEventListener('abort', stop, { once: true });
  session.start();
  if (signal.aborted) stop();
  try {
    return await ended.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await connection.close('the session is over');
  }
}

class Session {
  readonly #parts: SessionParts;
  readonly #connection: Connection;
  readonly #refused: (error: FerryError) => void;
  readonly #source: Source;
  readonly #scanner: Scanner;
  readonly #reports: AgentReports;
  #sessionId = '';
  #silence: NodeJS.Timeout | undefined;
  #silenceMs = WELCOME_TIMEOUT_MS;
  isWelcome = false;

  constructor(parts: SessionParts, connection: Connection, refused: (error: FerryError) => void) {
    this.#parts = parts;
    this.#connection = connection;
    this.#refused = refused;
    const send = (message: AgentMessage): void => connection.sendMessage(message);
    this.#reports = new AgentReports(send);
    this.#scanner = new Scanner(parts.tree, send);
    this.#source = new Source({
      tree: parts.tree,
      reports: this.#reports,
      sendFrame: (frame) => connection.sendFrame(frame),
    });
  }

  start(): void {
    this.#listenForSilence();
    this.#connection.sendMessage(this.#parts.hello());
  }

  onMessage(message: HubMessage): void {
    this.#silence?.refresh();
    switch (message.type) {
      case 'welcome':
        this.#welcome(message);
        return;
      case 'refused':
        this.#refused(new FerryError(message.code, message.message));
        return;
      case 'resumed':
        // Between transports, which have heard it: for the session nothing has changed.
        return;
      case 'ping':
        this.#connection.sendMessage({ type: 'pong', nonce: message.nonce });
        return;
      case 'scan':
        this.#scanner.start(message);
        return;
      case 'entriesTaken':
        this.#scanner.taken(message.run, message.page);
        return;
      case 'cancelScan':
        this.#scanner.cancel(message.run);
        return;
      case 'list':
        this.#connection.sendMessage(listDirectory(this.#parts.tree, message));
        return;
      case 'arrange':
      case 'seal':
        this.#parts.treeWork.carryOut(message, (answer) => this.#connection.sendMessage(answer));
        return;
      case 'receive':
        this.#connection.openLane(this.#sessionId);
        this.#parts.destination.onReceive(message);
        return;
      case 'send':
        this.#connection.openLane(this.#sessionId);
        this.#source.onSend(message);
        return;
      case 'window':
        this.#source.onWindow(message);
        return;
      case 'finish':
        this.#parts.destination.onFinish(message);
        return;
      case 'settled':
        this.#source.onReleased(message.transfers);
        this.#parts.destination.onSettled(message.transfers);
        return;
      case 'cancel':
        this.#source.onReleased(message.transfers);
        this.#parts.destination.onCancel(message.transfers);
        return;
      default:
        exhaustive(message);
    }
  }

  onFrame({ frame }: DecodedFrame): void {
    this.#silence?.refresh();
    if (frame.kind === 'chunk') this.#parts.destination.onChunk(frame);
    else this.#source.onAnswer(frame);
  }

  onClosed(): void {
    clearTimeout(this.#silence);
    this.#parts.destination.attach(undefined);
    this.#scanner.close();
    this.#source.close();
  }

  #welcome(message: Extract<HubMessage, { type: 'welcome' }>): void {
    this.isWelcome = true;
    this.#sessionId = message.session;
    this.#silenceMs = boundedHeartbeatMs(message.heartbeatMs) * MISSED_HEARTBEATS;
    this.#listenForSilence();
    const sendFrame = (frame: Buffer): void => {
      // Acknowledgements are small and bounded by what was received: they wait for no room.
      void this.#connection.sendFrame(frame);
    };
    this.#parts.destination.attach({
      reports: this.#reports,
      sendFrame,
      hearsWaiting: message.hears?.includes('waiting') ?? false,
      // Nobody tells it to: `cancel` would reach both ends that this agent is.
      waits: (ref) => this.#source.onReleased([ref]),
    });
    this.#parts.onWelcome(message.agent.name);
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      void this.#connection.close(`the hub has been silent for ${this.#silenceMs / 1000} s`);
    }, this.#silenceMs);
  }
}
