import type { Agent } from '../../domain/agent/agent.ts';
import { locate } from '../../domain/agent/locate.ts';
import { FerryError } from '../../domain/common/errors.ts';
import { overlaps } from '../../domain/run/landing-place.ts';
import type { Run } from '../../domain/run/run.ts';

/** One end of a copy as people write it: `agent:path`. */
export interface EndpointText {
  /** The agent's name. */
  readonly agent: string;
  /** An absolute path on it. A destination with a trailing slash takes what is copied under its own name. */
  readonly path: string;
}

/** One end of a copy, with the agent that it names. */
export interface NamedEnd {
  readonly agent: Agent;
  readonly path: string;
}

/** From where to where a run goes. */
export type Route = Pick<Run, 'source' | 'destination' | 'intoDestination'>;

/**
 * The places that two paths lead to, under the roots that their agents report at this moment.
 *
 * @throws FerryError AGENT_OFFLINE for an agent that never connected, PATH_NOT_ALLOWED and VALIDATION for paths (see `locate`),
 *   PATH_NOT_ALLOWED for a destination that is open for reading only, VALIDATION when one end lies in the other.
 */
export function routeBetween(source: NamedEnd, destination: NamedEnd): Route {
  const from = locate(source.agent, source.path);
  const to = locate(destination.agent, destination.path);
  if (to.root.access !== 'rw') {
    throw new FerryError(
      'PATH_NOT_ALLOWED',
      `Agent ${destination.agent.name} opens ${to.root.path} for reading only, so nothing can be written to ${destination.path}. Its own configuration decides that.`,
      { details: { agent: destination.agent.name, path: destination.path, root: to.root.path } },
    );
  }
  const route: Route = {
    source: { agentId: source.agent.id, place: from.place },
    destination: { agentId: destination.agent.id, place: to.place },
    intoDestination: to.trailingSlash,
  };
  if (!overlaps(route)) return route;
  throw new FerryError(
    'VALIDATION',
    `On ${source.agent.name}, ${source.path} and ${destination.path} lie one inside the other. Choose a destination apart from the source.`,
  );
}
