import type { AgentService } from '../../application/agent/agent-service.ts';
import type { AuthService } from '../../application/auth/auth-service.ts';
import type { Health } from '../../application/health/health.ts';
import type { RunService } from '../../application/run/run-service.ts';
import type { TokenService } from '../../application/token/token-service.ts';
import type { TransferService } from '../../application/transfer/transfer-service.ts';

/** The use cases that REST opens to people and programs. */
export interface HttpServices {
  readonly auth: AuthService;
  readonly agents: AgentService;
  readonly tokens: TokenService;
  readonly runs: RunService;
  readonly transfers: TransferService;
  readonly health: Health;
}
