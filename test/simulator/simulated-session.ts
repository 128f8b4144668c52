import { FerryError, type HubMessage, type TransferRef } from '@ferryline/engine';
import type { WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import { Link } from './link.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';
import { Violation } from './violation.ts';

/** The agent at one end of a session. */
export interface AgentEnd {
  readonly id: number;
  readonly process: SimulatedProcess;
  holds(): readonly TransferRef[];
  onMessage(message: HubMessage): void;
  onFrames(bytes: Buffer): void;
  /** The session is over; called once, in a life that hears of it. */
  onClosed(): void;
}

/** The hub at the other. */
export interface HubEnd {
  readonly process: SimulatedProcess;
  /** An agent dials. */
  accept(session: SimulatedSession): void;
  onHello(session: SimulatedSession, holds: readonly TransferRef[]): void;
  onMessage(session: SimulatedSession, message: WorkMessage): void;
  onFrames(session: SimulatedSession, bytes: Buffer): void;
  /** The session is over; called once. */
  onClosed(session: SimulatedSession): void;
}

/** The first words of an agent, or the end of the connection as its peer sees it. */
type Upward =
  | WorkMessage
  | { readonly type: 'hello'; readonly holds: readonly TransferRef[]; readonly life: number }
  | Bye;
type Downward = HubMessage | Bye;
interface Bye {
  readonly type: 'bye';
}
type Direction = 'up' | 'down';

/** Three heartbeats of 15 s that nobody answers; the hub looks once in 15 s. */
const AGENT_PATIENCE_MS = 45_000;
const HUB_PATIENCE_MS = 60_000;

/**
 * A session: a connection for control messages and a lane for frames, each first in, first out in both directions, and at both ends a
 * party that believes in it for as long as it hears nothing else.
 */
export class SimulatedSession {
  readonly agent: AgentEnd;
  /** Which life of the agent's process opened it. */
  readonly life: number;
  readonly #simulation: Simulation;
  readonly #hub: HubEnd;
  readonly #isOpen = { agent: true, hub: true };
  readonly #control: { readonly up: Link<Upward>; readonly down: Link<Downward> };
  readonly #lane: { readonly up: Link<Buffer>; readonly down: Link<Buffer> };
  /** What happens to the next chunk in a direction. */
  readonly damage: { up: Damage | undefined; down: Damage | undefined } = { up: undefined, down: undefined };

  constructor(simulation: Simulation, agent: AgentEnd, hub: HubEnd) {
    const { world, pace } = simulation;
    this.#simulation = simulation;
    this.agent = agent;
    this.life = agent.process.life;
    this.#hub = hub;
    this.#control = {
      up: new Link(world, pace.controlMs, (item) => this.#atHub(() => this.#onUpward(item))),
      down: new Link(world, pace.controlMs, (item) => this.#atAgent(() => this.#onDownward(item))),
    };
    this.#lane = {
      up: new Link(world, pace.laneMs, (bytes) => this.#atHub(() => hub.onFrames(this, bytes))),
      down: new Link(world, pace.laneMs, (bytes) => this.#atAgent(() => agent.onFrames(bytes))),
    };
    hub.accept(this);
    this.#control.up.send({ type: 'hello', holds: agent.holds(), life: this.life });
  }

  get isOpenAtHub(): boolean {
    return this.#isOpen.hub;
  }

  sendControl(direction: 'up', message: WorkMessage): void;
  sendControl(direction: 'down', message: HubMessage): void;
  sendControl(direction: Direction, message: WorkMessage | HubMessage): void {
    if (direction === 'up') this.#control.up.send(message as WorkMessage);
    else this.#control.down.send(message as HubMessage);
  }

  sendFrames(direction: Direction, bytes: Buffer): void {
    const damage = this.damage[direction];
    const isChunk = bytes[4] === 1;
    if (damage !== undefined && isChunk) this.damage[direction] = undefined;
    this.#lane[direction].send(damage !== undefined && isChunk ? damage(bytes) : bytes);
  }

  /** One end is done with it: the other hears of that, if anything still gets there. */
  close(end: 'agent' | 'hub'): void {
    const direction = end === 'agent' ? 'up' : 'down';
    if (!this.#isOpen[end]) return;
    this.#isOpen[end] = false;
    this.#lane.up.cut();
    this.#lane.down.cut();
    this.#control[direction].send({ type: 'bye' });
    if (end === 'agent') this.agent.onClosed();
    else this.#hub.onClosed(this);
  }

  /** The agent's process dies: its machine closes the connections, unless that has no power either. */
  die(how: 'killed' | 'powerCut'): void {
    this.#isOpen.agent = false;
    if (how === 'killed') {
      this.#lane.down.cut();
      this.#control.up.send({ type: 'bye' });
      return;
    }
    for (const { up, down } of [this.#control, this.#lane]) for (const link of [up, down]) link.cut();
    this.#giveUp('hub');
  }

  /** The hub's process dies. */
  hubDied(): void {
    this.#isOpen.hub = false;
    this.#lane.up.cut();
    this.#control.down.send({ type: 'bye' });
  }

  /** One of the two connections breaks: what is on its way is lost, and each end notices in its own time. */
  cut(which: 'control' | 'lane'): void {
    const { world } = this.#simulation;
    const { up, down } = which === 'control' ? this.#control : this.#lane;
    up.cut();
    down.cut();
    for (const end of ['agent', 'hub'] as const) {
      // A control connection that breaks without a word is missed by its heartbeats only.
      if (which === 'control' && world.random() < 0.2) this.#giveUp(end);
      else world.schedule(world.random() * 300, () => this.#notice(end));
    }
  }

  /** Nothing arrives in one direction any more. */
  silence(direction: Direction): void {
    this.#control[direction].silence();
    this.#lane[direction].silence();
    this.#giveUp(direction === 'up' ? 'hub' : 'agent');
  }

  /** One party has been stopped: the other loses patience, unless it goes on before. */
  stopped(which: 'agent' | 'hub'): void {
    const { process } = which === 'agent' ? this.agent : this.#hub;
    const { pause, life } = process;
    const waiting = which === 'agent' ? 'hub' : 'agent';
    this.#simulation.world.schedule(this.#patienceMs(waiting), () => {
      if (process.life !== life || process.pause !== pause || pause === undefined) return;
      this.#simulation.sightings.saw(which === 'agent' ? 'a stopped agent was given up' : 'a stopped hub was given up');
      this.#notice(waiting);
    });
  }

  #giveUp(end: 'agent' | 'hub'): void {
    this.#simulation.world.schedule(this.#patienceMs(end), () => {
      if (this.#isOpen[end]) {
        this.#simulation.sightings.saw('a silent connection was given up');
      }
      this.#notice(end);
    });
  }

  #patienceMs(end: 'agent' | 'hub'): number {
    return end === 'agent'
      ? AGENT_PATIENCE_MS
      : AGENT_PATIENCE_MS + this.#simulation.world.random() * (HUB_PATIENCE_MS - AGENT_PATIENCE_MS);
  }

  #notice(end: 'agent' | 'hub'): void {
    if (end === 'agent') this.#atAgent(() => this.close('agent'));
    else this.#atHub(() => this.close('hub'));
  }

  #onUpward(item: Upward): void {
    if (item.type === 'bye') this.close('hub');
    else if (item.type === 'hello') this.#hub.onHello(this, item.holds);
    else this.#hub.onMessage(this, item);
  }

  #onDownward(item: Downward): void {
    if (item.type === 'bye') this.close('agent');
    else this.agent.onMessage(item);
  }

  /** What reaches a party that has ended the session, or another life of it, is not heard. */
  #atAgent(work: () => void): void {
    if (this.agent.process.life !== this.life) return;
    this.agent.process.run(() => {
      if (this.#isOpen.agent) guarded(work);
    });
  }

  #atHub(work: () => void): void {
    const { process } = this.#hub;
    process.run(() => {
      if (this.#isOpen.hub) guarded(work);
    });
  }
}

export type Damage = (bytes: Buffer) => Buffer;

/** A frame that is not one would end the session; in this world none is. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof FerryError) throw new Violation('I9', `a party refuses what it hears: ${thrown.message}`);
    throw thrown;
  }
}
