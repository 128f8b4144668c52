import type { ExitCode } from '@ferryline/engine';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** One look at one thing. */
export interface Probe {
  readonly name: string;
  /** Names of earlier probes: when one of them failed there is nothing to look at here. */
  readonly needs: readonly string[];
  /** What a failure of it means. */
  readonly failsWith: ExitCode;
  /** May throw: that is a failure too. Whoever calls it stops waiting after a while. */
  run(subject: Subject): Promise<readonly Finding[]>;
}
