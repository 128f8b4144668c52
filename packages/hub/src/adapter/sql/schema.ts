import type { Generated } from 'kysely';
import type { AgentStatus, TransportMode } from '../../domain/agent/agent.ts';
import type { GrantAccess } from '../../domain/agent/grant.ts';
import type { ActorKind } from '../../domain/audit/audit-event.ts';
import type { ErrorCode } from '../../domain/common/errors.ts';
import type { JobStatus } from '../../domain/job/job.ts';
import type { JobType } from '../../domain/job/job-type.ts';
import type { MissedTickPolicy, OverlapPolicy } from '../../domain/job/schedule.ts';
import type { RunState } from '../../domain/run/lifecycle.ts';
import type { ExistingPolicy, RunTrigger } from '../../domain/run/run.ts';
import type { TreeEntry } from '../../domain/run/tree-entry.ts';
import type { TransferState } from '../../domain/transfer/lifecycle.ts';
import type { Compression } from '../../domain/transfer/transfer.ts';
import type { Scope } from '../../domain/user/api-key.ts';
import type { UserRole } from '../../domain/user/user.ts';

/**
 * The tables as both databases have them: moments are milliseconds since 1970, flags are 0 and 1, a path is its root and its names
 * joined by `/` (which no name contains), lists without a table of their own are JSON text.
 */
export interface Database {
  readonly users: UserTable;
  readonly agents: AgentTable;
  readonly tokens: TokenTable;
  readonly runs: RunTable;
  readonly transfers: TransferTable;
  readonly relay_claims: RelayClaimTable;
  readonly tree_entries: TreeEntryTable;
  readonly run_issues: RunIssueTable;
  readonly held_files: HeldFileTable;
  readonly sign_ins: SignInTable;
  readonly api_keys: ApiKeyTable;
  readonly idempotency_keys: IdempotencyKeyTable;
  readonly agent_grants: AgentGrantTable;
  readonly jobs: JobTable;
  readonly audit_events: AuditEventTable;
  readonly audit_head: AuditHeadTable;
}

export interface UserTable {
  readonly id: Generated<number>;
  /** In lower case, so that the unique index compares without case. */
  readonly email: string;
  readonly role: UserRole;
  /** Empty until the user has answered their invitation. */
  readonly password_hash: string;
  readonly created_at: number;
  readonly disabled_at: number | null;
  readonly invitation_hash: string | null;
  readonly invited_until: number | null;
  readonly revision: Generated<number>;
}

export interface SignInTable {
  readonly id: string;
  readonly user_id: number;
  /** SHA-256 of the refresh token, hexadecimal. */
  readonly refresh_hash: string;
  /** SHA-256 of what all refresh tokens of the sign-in share, hexadecimal. */
  readonly family_hash: string;
  readonly created_at: number;
  readonly last_used_at: number;
  readonly expires_at: number;
  readonly ends_at: number;
  readonly address: string;
  readonly client: string;
  readonly revoked_at: number | null;
}

export interface ApiKeyTable {
  readonly id: Generated<number>;
  readonly user_id: number;
  readonly name: string;
  readonly prefix: string;
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string;
  readonly scope: Scope;
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

export interface IdempotencyKeyTable {
  readonly user_id: number;
  readonly key: string;
  readonly fingerprint: string;
  readonly object_kind: string;
  readonly object_id: number;
  readonly created_at: number;
}

export interface AgentGrantTable {
  readonly agent_id: number;
  readonly user_id: number;
  readonly access: GrantAccess;
}

export interface AgentTable {
  readonly id: Generated<number>;
  readonly name: string;
  readonly description: string;
  readonly labels: string;
  readonly status: AgentStatus;
  readonly transport: TransportMode | null;
  /** This and the other four about the agent itself are null until it connected for the first time. */
  readonly version: string | null;
  readonly host: string | null;
  readonly os: string | null;
  readonly arch: string | null;
  readonly roots: string | null;
  readonly address: string | null;
  readonly created_at: number;
  readonly last_seen_at: number | null;
  readonly last_poll_at: number | null;
  readonly revision: Generated<number>;
}

export interface JobTable {
  readonly id: Generated<number>;
  readonly user_id: number;
  readonly name: string;
  readonly type: JobType;
  readonly source_agent_id: number;
  readonly source_path: string;
  readonly destination_agent_id: number;
  readonly destination_path: string;
  readonly include: string;
  readonly exclude: string;
  readonly compression: Compression;
  readonly existing: ExistingPolicy;
  readonly max_retries: number;
  readonly deadline_seconds: number | null;
  /** This and the next three are null for a job without a schedule. */
  readonly cron: string | null;
  readonly time_zone: string | null;
  readonly overlap: OverlapPolicy | null;
  readonly missed: MissedTickPolicy | null;
  readonly status: JobStatus;
  readonly last_tick_at: number | null;
  readonly queued_tick_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly revision: number;
}

export interface TokenTable {
  readonly id: Generated<number>;
  readonly agent_id: number;
  readonly name: string;
  readonly prefix: string;
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
}

export interface RunTable {
  readonly id: Generated<number>;
  readonly user_id: number;
  readonly trigger_kind: RunTrigger;
  readonly source_agent_id: number;
  readonly source_root: string;
  readonly source_names: string;
  readonly destination_agent_id: number;
  readonly destination_root: string;
  readonly destination_names: string;
  readonly into_destination: number;
  readonly compression: Compression;
  readonly existing: ExistingPolicy;
  readonly max_retries: number;
  readonly deadline_seconds: number | null;
  readonly state: RunState;
  readonly files_planned: number;
  readonly files_moved: number;
  readonly files_skipped: number;
  readonly files_failed: number;
  readonly bytes_planned: number;
  readonly bytes_moved: number;
  readonly wire_bytes: number;
  readonly directories_planned: number;
  readonly links_planned: number;
  readonly error_code: ErrorCode | null;
  readonly error_message: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly job_id: number | null;
  readonly tick_at: number | null;
  readonly planned_at: number | null;
  readonly type: JobType;
  readonly include: string;
  readonly exclude: string;
}

/** What the destination of a `pull` run holds. */
export interface HeldFileTable {
  readonly run_id: number;
  /** SHA-256 over names, size and mtime: the same file, just so, or not held. */
  readonly digest: string;
}

export interface TransferTable {
  readonly id: Generated<number>;
  readonly run_id: number;
  readonly user_id: number;
  readonly ordinal: number;
  readonly filename: string;
  readonly size_bytes: number;
  readonly source_agent_id: number;
  readonly source_root: string;
  readonly source_names: string;
  readonly destination_agent_id: number;
  readonly destination_root: string;
  readonly destination_names: string;
  /** With `size_bytes` and the two times below: the identity of the source file when it was planned. */
  readonly source_dev: string;
  readonly source_ino: string;
  readonly source_mtime_ns: string;
  readonly source_ctime_ns: string;
  readonly mode: number;
  readonly mtime_ns: string;
  readonly compression: Compression;
  readonly chunk_size_bytes: number;
  readonly total_chunks: number;
  readonly max_retries: number;
  readonly state: TransferState;
  readonly attempt: number;
  readonly retry_count: number;
  readonly completed_chunks: number;
  readonly bytes_transferred: number;
  readonly wire_bytes: number;
  readonly file_hash: string | null;
  readonly error_code: ErrorCode | null;
  readonly error_message: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly chunk_list_hash: string | null;
  readonly stored_chunks: number;
}

export interface RelayClaimTable {
  readonly transfer_id: number;
  readonly attempt: number;
  readonly chunk_index: number;
  readonly frame_offset: number;
  readonly frame_length: number;
  readonly raw_length: number;
  readonly digest: string;
}

export interface TreeEntryTable {
  readonly run_id: number;
  readonly ordinal: number;
  readonly kind: TreeEntry['kind'];
  readonly names: string;
  /** Of a directory. */
  readonly mode: number | null;
  readonly mtime_ns: string | null;
  /** Of a symbolic link. */
  readonly target: string | null;
}

export interface RunIssueTable {
  readonly id: Generated<number>;
  readonly run_id: number;
  /** SHA-256 over the other three columns: the same issue told twice is kept once. */
  readonly digest: string;
  readonly path: string;
  readonly code: ErrorCode | null;
  readonly message: string;
}

export interface AuditEventTable {
  readonly sequence: number;
  readonly at: number;
  readonly actor_kind: ActorKind;
  readonly actor_id: number | null;
  readonly actor_name: string;
  readonly actor_address: string | null;
  readonly action: string;
  readonly object_kind: string | null;
  readonly object_id: string | null;
  readonly object_name: string | null;
  readonly details: string;
  readonly hash: string;
  readonly previous_hash: string;
}

/** One row: the end of the audit chain. */
export interface AuditHeadTable {
  readonly id: number;
  readonly length: number;
  readonly hash: string;
}
