import type { HubMessage } from '@ferryline/engine';
import { noCounters, type Run } from '../../packages/hub/src/domain/run/run.ts';
import type { Transfer } from '../../packages/hub/src/domain/transfer/transfer.ts';
import type { WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import { Link } from './link.ts';
import { SimulatedDestination } from './simulated-destination.ts';
import { SimulatedHub } from './simulated-hub.ts';
import { SimulatedSource } from './simulated-source.ts';
import { World } from './world.ts';

const SOURCE = 1;
const DESTINATION = 2;

/** A moment at which an agent's connection breaks, or its process dies, or its machine loses power; it is back a second later. */
export interface Fault {
  readonly atMs: number;
  readonly agent: 'source' | 'destination';
  readonly how?: 'cut' | 'killed' | 'powerCut';
}

export interface History {
  readonly run: Run | undefined;
  readonly transfer: Transfer | undefined;
  readonly published: Buffer | undefined;
  readonly publishes: number;
  /** Chunks that came again after they had been acknowledged. */
  readonly repeats: number;
  /** Chunks with which a later life of the destination went on. */
  readonly resumed: number;
  readonly trace: readonly string[];
}

/** Moves one file through the virtual network; returns what had become of it when the run ended. */
export function moveAFile(seed: number, content: Buffer, faults: readonly Fault[] = []): History {
  const world = new World(seed);
  const hub = new SimulatedHub(world);
  const toHub: Record<number, { message: Link<WorkMessage>; frames: Link<Buffer> } | undefined> = {};
  const outletOf = (agentId: number) => ({
    message: (message: WorkMessage) => toHub[agentId]?.message.send(message),
    frames: (bytes: Buffer) => toHub[agentId]?.frames.send(bytes),
  });
  const source = new SimulatedSource(world, content, outletOf(SOURCE));
  const destination = new SimulatedDestination(world, outletOf(DESTINATION));
  const agents = { [SOURCE]: source, [DESTINATION]: destination };

  const connect = (agentId: typeof SOURCE | typeof DESTINATION): (() => void) => {
    const agent = agents[agentId];
    const links = {
      message: new Link<WorkMessage>(world, (message) => hub.onMessage(agentId, message)),
      frames: new Link<Buffer>(world, (bytes) => hub.onFrames(agentId, bytes)),
    };
    const messages = new Link<HubMessage>(world, (message) => agent.onMessage(message));
    const frames = new Link<Buffer>(world, (bytes) => agent.onFrames(bytes));
    toHub[agentId] = links;
    const port = { message: messages.send.bind(messages), frames: frames.send.bind(frames) };
    hub.connect(agentId, port, agentId === DESTINATION ? destination.holds() : []);
    return () => {
      for (const link of [links.message, links.frames, messages, frames]) link.cut();
      hub.disconnect(agentId);
      if (agentId === SOURCE) source.lose();
    };
  };

  const disconnect = { [SOURCE]: connect(SOURCE), [DESTINATION]: connect(DESTINATION) };
  for (const { atMs, agent, how = 'cut' } of faults) {
    const agentId = agent === 'source' ? SOURCE : DESTINATION;
    world.schedule(atMs, () => {
      disconnect[agentId]();
      disconnect[agentId] = () => undefined;
      if (agent === 'destination' && how !== 'cut') destination.restart(how);
      world.schedule(1_000, () => {
        disconnect[agentId]();
        disconnect[agentId] = connect(agentId);
      });
    });
  }
  hub.start(newRun());
  world.runUntil(() => !['planning', 'running'].includes(hub.records.runs.get(1)?.state ?? ''), 120_000);
  // What is settled is forgotten, sooner or later.
  world.runUntil(() => destination.holds().length === 0, 120_000);
  return {
    run: hub.records.runs.get(1),
    transfer: hub.records.transfers.get(1),
    published: destination.disk.published,
    publishes: destination.disk.publishes,
    repeats: destination.repeats,
    resumed: destination.resumed,
    trace: world.trace,
  };
}

function newRun(): Run {
  return {
    id: 1,
    userId: 1,
    trigger: 'manual',
    type: 'push',
    selection: { include: [], exclude: [] },
    source: { agentId: SOURCE, place: { root: '/srv', names: ['a.bin'] } },
    destination: { agentId: DESTINATION, place: { root: '/in', names: ['a.bin'] } },
    intoDestination: false,
    options: { compression: 'none', existing: 'replace', maxRetries: 3 },
    state: 'planning',
    counters: noCounters,
    createdAt: new Date(0),
  };
}
