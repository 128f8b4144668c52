import { decodeFrames, type Entry, type HubMessage, type TransferRef } from '@ferryline/engine';
import { reconnectDelayMs } from '../../packages/agent/src/session/backoff.ts';
import type { WorkMessage } from '../../packages/hub/src/infrastructure/engine/state/events.ts';
import type { AgentOutlet } from './agent-outlet.ts';
import type { Ledger } from './ledger.ts';
import { SimulatedDestination } from './simulated-destination.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { SimulatedScan } from './simulated-scan.ts';
import type { SimulatedSession } from './simulated-session.ts';
import { SimulatedSource } from './simulated-source.ts';
import type { Simulation } from './simulation.ts';
import { identityOf, SourceFiles } from './source-files.ts';

const MODE = 0o644;

/** An agent: a process with a source and a destination, which dials the hub whenever it has no session. */
export class SimulatedAgent {
  readonly id: number;
  readonly process: SimulatedProcess;
  readonly files = new SourceFiles();
  readonly destination: SimulatedDestination;
  source: SimulatedSource;
  session: SimulatedSession | undefined;
  readonly #simulation: Simulation;
  readonly #dial: (agent: SimulatedAgent) => SimulatedSession | undefined;
  readonly #scans = new Map<number, SimulatedScan>();
  #isWelcome = false;
  #failures = 0;
  /** What is said in one turn, by kind: reports.ts keeps order within each, not between them. */
  #reports = noReports();
  #areReportsDue = false;

  /** @param dial - connects to the hub; undefined when nobody answers there */
  constructor(
    simulation: Simulation,
    id: number,
    ledger: Ledger,
    dial: (agent: SimulatedAgent) => SimulatedSession | undefined,
  ) {
    this.#simulation = simulation;
    this.id = id;
    this.#dial = dial;
    this.process = new SimulatedProcess(simulation.world, `agent ${id}`);
    this.destination = new SimulatedDestination(simulation, this.process, ledger, this.#outlet);
    this.source = this.#newSource();
    this.destination.start();
    this.#connect();
  }

  /** Whether nothing of any transfer is left in it. */
  get hasForgotten(): boolean {
    return this.process.isUp && this.#isWelcome && this.source.hasForgotten && this.destination.hasForgotten;
  }

  holds(): readonly TransferRef[] {
    return this.destination.holds();
  }

  /** The process dies, with or without the machine, and comes back after a while. */
  die(how: 'killed' | 'powerCut', forMs: number): void {
    if (!this.process.isUp) return;
    const { session } = this;
    this.process.kill();
    session?.die(how);
    this.#forgetSession();
    this.destination.die(how);
    this.#simulation.world.schedule(forMs, () => {
      this.process.start();
      this.destination.start();
      this.#failures = 0;
      this.#connect();
    });
  }

  onMessage(message: HubMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#isWelcome = true;
        return;
      case 'scan':
        this.#scans.get(message.run)?.cancel();
        this.#scans.set(
          message.run,
          new SimulatedScan(this.#simulation, this.process, message, this.#entries(message.path.root), (entries) =>
            this.#say(entries),
          ),
        );
        return;
      case 'entriesTaken':
        this.#scans.get(message.run)?.taken(message.page);
        return;
      case 'cancelScan':
        this.#scans.get(message.run)?.cancel();
        this.#scans.delete(message.run);
        return;
      case 'arrange':
      case 'seal': {
        const { session } = this;
        const type = message.type === 'arrange' ? 'arranged' : 'sealed';
        this.process.later(this.#simulation.world.random() * this.#simulation.pace.diskMs, () => {
          if (session === this.session) this.#say({ type, run: message.run, page: message.page, failures: [] });
        });
        return;
      }
      default:
        this.source.onMessage(message);
        this.destination.onMessage(message);
    }
  }

  onFrames(message: Buffer): void {
    for (const { frame } of decodeFrames(message)) {
      if (frame.kind === 'chunk') this.destination.onChunk(frame);
      else this.source.onAnswer(frame);
    }
  }

  /** The session is over; another one is tried for. */
  onClosed(): void {
    this.#simulation.world.note(`${this.process.name} lost its session`);
    this.source.sessionLost();
    this.destination.sessionLost();
    const wasWelcome = this.#isWelcome;
    this.#forgetSession();
    this.#failures = wasWelcome ? 1 : this.#failures + 1;
    this.#tryLater();
  }

  readonly #outlet: AgentOutlet = {
    receiving: (item) => this.#report((reports) => reports.receiving.push(item)),
    sent: (item) => this.#report((reports) => reports.sent.push(item)),
    finished: (item) => this.#report((reports) => reports.finished.push(item)),
    failed: (item) => this.#report((reports) => reports.failed.push(item)),
    waiting: (item) => {
      this.#report((reports) => reports.waiting.push(item));
      this.source.release([item]);
    },
    frame: (bytes) => {
      if (this.#isWelcome) this.session?.sendFrames('up', bytes);
    },
  };

  #newSource(): SimulatedSource {
    return new SimulatedSource(this.#simulation, this.process, this.files, this.#outlet);
  }

  #connect(): void {
    const session = this.#dial(this);
    this.session = session;
    if (session !== undefined) return;
    this.#failures += 1;
    this.#tryLater();
  }

  #tryLater(): void {
    this.process.later(reconnectDelayMs(this.#failures, this.#simulation.world.random()), () => this.#connect());
  }

  #forgetSession(): void {
    for (const scan of this.#scans.values()) scan.cancel();
    this.#scans.clear();
    this.session = undefined;
    this.#isWelcome = false;
    this.#reports = noReports();
    this.source = this.#newSource();
  }

  #say(message: WorkMessage): void {
    this.session?.sendControl('up', message);
  }

  #report(put: (reports: ReturnType<typeof noReports>) => void): void {
    if (!this.#isWelcome) return;
    put(this.#reports);
    if (this.#areReportsDue) return;
    this.#areReportsDue = true;
    const { life } = this.process;
    this.#simulation.world.schedule(0, () => {
      this.#areReportsDue = false;
      if (life !== this.process.life) return;
      const { receiving, sent, finished, failed, waiting } = this.#reports;
      this.#reports = noReports();
      if (receiving.length > 0) this.#say({ type: 'receiving', transfers: receiving });
      if (sent.length > 0) this.#say({ type: 'sent', transfers: sent });
      if (finished.length > 0) this.#say({ type: 'finished', transfers: finished });
      if (failed.length > 0) this.#say({ type: 'failed', transfers: failed });
      if (waiting.length > 0) this.#say({ type: 'waiting', transfers: waiting });
    });
  }

  /** What is below a root: as a source what it has, as a destination what stands there. */
  #entries(root: string): readonly Entry[] {
    const top: Entry = { kind: 'directory', names: [], mode: 0o755, mtimeNs: '1' };
    const isBelow = (name: string): boolean => name.startsWith(`${root}/`);
    const files = this.files.names.filter(isBelow).map((name): Entry => {
      const identity = identityOf(this.files.open(name));
      return { kind: 'file', names: [name.slice(root.length + 1)], mode: MODE, mtimeNs: identity.mtimeNs, identity };
    });
    const published = this.destination.standing
      .filter(({ name }) => isBelow(name))
      .map(({ name, sizeBytes, mtimeNs }): Entry => {
        const identity = { dev: '1', ino: '1', size: sizeBytes, mtimeNs, ctimeNs: mtimeNs };
        return { kind: 'file', names: [name.slice(root.length + 1)], mode: MODE, mtimeNs, identity };
      });
    return [top, ...files, ...published];
  }
}

function noReports() {
  type Item<Type extends WorkMessage['type']> =
    Extract<WorkMessage, { type: Type }> extends { transfers: (infer Each)[] } ? Each : never;
  return {
    receiving: [] as Item<'receiving'>[],
    sent: [] as Item<'sent'>[],
    finished: [] as Item<'finished'>[],
    failed: [] as Item<'failed'>[],
    waiting: [] as Item<'waiting'>[],
  };
}
