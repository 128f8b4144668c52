/** The agent: the process on an endpoint that dials out to a hub and moves files below its allowed roots. */
export { AGENT_VERSION, type AgentConfig, type RunningAgent, startAgent } from './agent.ts';
export { AllowedRoots, parseAllowedRoot } from './paths/allowed-roots.ts';
export { isStateDirectoryHeld } from './paths/state-directory.ts';
