import { randomUUID } from 'node:crypto';
import { arch, hostname, platform } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type AllowedRoot, FerryError, type Hello, SUPPORTED_PROTOCOL_VERSIONS } from '@ferryline/engine';
import type { Logger } from 'pino';
import { Destination } from './destination/destination.ts';
import { DestinationJournal } from './destination/journal/destination-journal.ts';
import { TreeWork } from './destination/tree-work.ts';
import type { HttpProxy } from './dial/http-proxy.ts';
import { HubDialer } from './dial/hub-dialer.ts';
import type { HubTrust } from './dial/hub-trust.ts';
import { AllowedRoots } from './paths/allowed-roots.ts';
import { DirectoryTree } from './paths/directory-tree.ts';
import { holdStateDirectory, makeStateDirectory } from './paths/state-directory.ts';
import { reconnectDelayMs } from './session/backoff.ts';
import { hubTransport } from './session/hub-transport.ts';
import { liveSession, type SessionParts } from './session/session.ts';
import type { TransportChoice } from './session/transport-choice.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** The first sweep is as long after the start: the hub has asked by then for what it still wants. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1000;
/** How long the destination remembers what the hub settled, at least; the sweep after that ends it. */
const KEEP_SETTLED_MS = 60 * 60 * 1000;

export const AGENT_VERSION = '0.1.0';

export interface AgentConfig {
  readonly hubUrl: URL;
  readonly token: string;
  /** By what the hub's certificate is known; an authority of the system when absent. */
  readonly trust?: HubTrust;
  /** By way of which the hub is reached; directly when absent. */
  readonly proxy?: HttpProxy;
  /** How the agent talks to the hub; `auto` when absent. */
  readonly transport?: TransportChoice;
  /** How often an agent that polls because it must tries to go back to WebSocket, in milliseconds; five minutes when absent. */
  readonly probeIntervalMs?: number;
  readonly roots: readonly AllowedRoot[];
  /** Where the agent keeps what it must remember; never inside an allowed root. */
  readonly stateDir: string;
  /** How long what was received in part is kept when the hub does not ask for it, in milliseconds; a week when absent. */
  readonly keepPartialMs?: number;
  /** What this machine calls itself, as people see it beside the agent; its host name when absent. Never who the agent is. */
  readonly name?: string;
}

export interface RunningAgent {
  /** Resolves when the hub has welcomed the agent for the first time. */
  readonly welcome: Promise<{ readonly agentName: string }>;
  /** Resolves after `close`; rejects when the hub refuses this agent for good (wrong token, wrong version, a second copy). */
  readonly closed: Promise<void>;
  /** Ends the session, and resolves when all is quiet. What was received in part stays, to be gone on with. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts an agent: opens its allowed roots, dials the hub, and dials again whenever the connection is lost.
 *
 * @throws FerryError VALIDATION when a root or the state directory does not do, CONFLICT when another agent uses that.
 */
export async function startAgent(config: AgentConfig, logger: Logger): Promise<RunningAgent> {
  await makeStateDirectory(config.stateDir);
  const roots = await AllowedRoots.open(config.roots, { stateDir: config.stateDir });
  const hold = holdStateDirectory(config.stateDir);
  const tree = new DirectoryTree(roots);
  const journal = openJournal(config.stateDir, hold, logger);
  const destination = new Destination(tree, journal, logger);
  const keepPartialMs = config.keepPartialMs ?? WEEK_MS;
  const sweeper = setInterval(() => {
    destination.dropLeftBehind(Date.now() - keepPartialMs);
    destination.dropSettled(Date.now() - KEEP_SETTLED_MS);
  }, SWEEP_INTERVAL_MS);
  const instance = randomUUID();
  const welcome = Promise.withResolvers<{ agentName: string }>();
  const stop = new AbortController();
  const dialer = new HubDialer(config.hubUrl, config);
  const parts: SessionParts = {
    transport: hubTransport(config.transport ?? 'auto', { ...config, dialer, logger }),
    hello: () => hello(config.name ?? hostname(), instance, roots.list, destination),
    tree,
    destination,
    treeWork: new TreeWork(tree),
    logger,
    onWelcome: (agentName) => {
      logger.info({ hub: config.hubUrl.origin, agent: agentName }, 'connected to the hub');
      if (config.name !== undefined && config.name !== agentName) {
        logger.warn(
          { agent: agentName, host: config.name },
          `the hub knows this agent as "${agentName}", not as "${config.name}": the token says who an agent is, --name does not`,
        );
      }
      welcome.resolve({ agentName });
    },
  };
  const closed = liveSessions(parts, stop.signal).finally(async () => {
    clearInterval(sweeper);
    dialer.destroy();
    await destination.close();
    tree.close();
    hold.close();
  });
  // Whoever waits for one of the two hears of the refusal; nobody has to wait for both.
  closed.catch(welcome.reject);
  welcome.promise.catch(() => undefined);
  return {
    welcome: welcome.promise,
    closed,
    close: async () => {
      stop.abort();
      await closed.catch(() => undefined);
    },
  };
}

function openJournal(stateDir: string, hold: { close(): void }, logger: Logger): DestinationJournal {
  try {
    return DestinationJournal.open(stateDir, logger);
  } catch (thrown) {
    hold.close();
    throw thrown;
  }
}

/** One session after the other, until told to stop or refused for good. */
async function liveSessions(parts: SessionParts, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const end = await liveSession(parts, signal);
      if (end.kind === 'refused') throw end.error;
      failures = end.wasWelcome ? 1 : failures + 1;
      const what = end.wasWelcome ? 'the connection to the hub is lost' : 'the hub cannot be reached';
      if (!signal.aborted) parts.logger.warn({ reason: end.reason }, what);
    } catch (thrown) {
      const error = FerryError.from(thrown);
      if (signal.aborted) return;
      if (!error.retryable) throw error;
      failures += 1;
      parts.logger.warn({ reason: error.message }, 'the hub cannot be reached');
    }
    await delay(reconnectDelayMs(failures, Math.random()), undefined, { signal }).catch(() => undefined);
  }
}

function hello(host: string, instance: string, roots: readonly AllowedRoot[], destination: Destination): Hello {
  return {
    type: 'hello',
    protocolVersions: [...SUPPORTED_PROTOCOL_VERSIONS],
    agentVersion: AGENT_VERSION,
    host,
    os: platform(),
    arch: arch(),
    instance,
    roots: [...roots],
    holds: destination.holds(),
  };
}
