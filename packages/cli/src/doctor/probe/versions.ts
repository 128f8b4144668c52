import { AGENT_VERSION } from '@ferryline/agent';
import { exitCodes, SUPPORTED_PROTOCOL_VERSIONS } from '@ferryline/engine';
import { statedHealth } from '../hub-answer.ts';
import type { Probe } from '../probe.ts';
import { judgeVersions } from '../rule/versions.ts';

/** What meets what. */
export const versionsProbe: Probe = {
  name: 'versions',
  needs: [],
  failsWith: exitCodes.failed,
  run: async ({ sight }) => {
    const hub = statedHealth(await sight.healthSeen())?.version;
    return [
      judgeVersions({ node: process.version, agent: AGENT_VERSION, protocols: SUPPORTED_PROTOCOL_VERSIONS, hub }),
    ];
  },
};
