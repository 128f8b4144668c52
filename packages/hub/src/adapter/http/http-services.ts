import type { AgentService } from '../../application/agent/agent-service.ts';
import type { GrantService } from '../../application/agent/grant-service.ts';
import type { AuditService } from '../../application/audit/audit-service.ts';
import type { AuthService } from '../../application/auth/auth-service.ts';
import type { EventFeed } from '../../application/events/event-feed.ts';
import type { Health } from '../../application/health/health.ts';
import type { JobService } from '../../application/job/job-service.ts';
import type { MetricsService } from '../../application/metrics/metrics-service.ts';
import type { RunService } from '../../application/run/run-service.ts';
import type { TokenService } from '../../application/token/token-service.ts';
import type { TransferService } from '../../application/transfer/transfer-service.ts';
import type { ApiKeyService } from '../../application/user/api-key-service.ts';
import type { UserService } from '../../application/user/user-service.ts';

/** The use cases that REST opens to people and programs. */
export interface HttpServices {
  readonly auth: AuthService;
  readonly users: UserService;
  readonly keys: ApiKeyService;
  readonly agents: AgentService;
  readonly grants: GrantService;
  readonly tokens: TokenService;
  readonly jobs: JobService;
  readonly runs: RunService;
  readonly transfers: TransferService;
  readonly audit: AuditService;
  readonly events: EventFeed;
  readonly metrics: MetricsService;
  readonly health: Health;
}
