import { z } from 'zod';
import type { Agent } from '../../../domain/agent/agent.ts';
import { type Place, placeText } from '../../../domain/common/place.ts';

export const agentReferenceSchema = z.object({ id: z.int(), name: z.string() }).meta({ id: 'AgentReference' });
export const endpointSchema = z.object({ agent: agentReferenceSchema, path: z.string() }).meta({ id: 'Endpoint' });

export type AgentsById = ReadonlyMap<number, Agent>;

/** An agent as other resources name it. */
export function agentReferenceJson(agents: AgentsById, id: number): z.infer<typeof agentReferenceSchema> {
  return { id, name: agents.get(id)?.name ?? '(removed)' };
}

/** A place on an agent, as people write it. */
export function endpointJson(agents: AgentsById, agentId: number, place: Place): z.infer<typeof endpointSchema> {
  return { agent: agentReferenceJson(agents, agentId), path: placeText(place) };
}
