import { randomUUID } from 'node:crypto';
import type { Writable } from 'node:stream';
import { FerryError } from '@ferryline/engine';
import { z } from 'zod';
import type { Access } from './access.ts';
import { downloadFrom } from './download.ts';
import type { HubConnection } from './hub-connection.ts';
import { type HubRequest, requestHub } from './request.ts';
import {
  type AgentResource,
  agentSchema,
  type CreatedToken,
  createdTokenSchema,
  type IssueResource,
  issueSchema,
  pageOf,
  type RunResource,
  runSchema,
  type TransferResource,
  transferSchema,
} from './resources.ts';

/** The most that the hub puts on one page. */
const PAGE_ITEMS = 1000;

type Query = Readonly<Record<string, string | number | undefined>>;

export interface RunRequest {
  readonly source: { readonly agent: string; readonly path: string };
  readonly destination: { readonly agent: string; readonly path: string };
  readonly options?: { readonly compression?: string; readonly existing?: string };
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** The hub's REST interface, as the commands use it. Every method throws what `requestHub` throws. */
export class HubClient {
  readonly #hub: HubConnection;
  readonly #access: Access;

  constructor(hub: HubConnection, access: Access) {
    this.#hub = hub;
    this.#access = access;
  }

  get baseUrl(): string {
    return this.#hub.baseUrl;
  }

  /** At most `limit` agents. */
  agents(limit: number): Promise<AgentResource[]> {
    return this.list('agents', agentSchema, {}, limit);
  }

  /** Makes the agent when it is new, and a token for it. The secret is in this answer and nowhere else. */
  createToken(agent: string, expiresAt?: string): Promise<CreatedToken> {
    const body = { agent, ...(expiresAt === undefined ? {} : { expiresAt }) };
    return this.post('tokens', body, createdTokenSchema);
  }

  async revokeToken(id: number): Promise<void> {
    await this.#ask({ method: 'POST', path: `tokens/${id}/revoke`, body: {}, schema: z.unknown() });
  }

  startRun(request: RunRequest): Promise<RunResource> {
    return this.post('runs', request, runSchema);
  }

  run(id: number): Promise<RunResource> {
    return this.#ask({ method: 'GET', path: `runs/${id}`, schema: runSchema });
  }

  async cancelRun(id: number): Promise<void> {
    await this.#ask({ method: 'POST', path: `runs/${id}/cancel`, body: {}, schema: z.unknown() });
  }

  issues(runId: number, limit: number): Promise<IssueResource[]> {
    return this.list(`runs/${runId}/issues`, issueSchema, {}, limit);
  }

  transfers(filter: { readonly run?: number; readonly status?: string }, limit: number): Promise<TransferResource[]> {
    return this.list('transfers', transferSchema, { run: filter.run, status: filter.status }, limit);
  }

  /** Every item of a listing, up to `limit`, page by page. */
  async list<Item extends z.ZodType>(path: string, item: Item, filter: Query, limit: number): Promise<z.infer<Item>[]> {
    const items: z.infer<Item>[] = [];
    let cursor: string | undefined;
    do {
      const query = { ...filter, limit: Math.min(limit - items.length, PAGE_ITEMS), cursor };
      const page = await this.#ask({ method: 'GET', path, query, schema: pageOf(item) });
      items.push(...page.items);
      // A page that brings nothing ends the listing, whatever its cursor says: a peer cannot keep us here.
      cursor = page.items.length === 0 ? undefined : page.nextCursor;
    } while (cursor !== undefined && items.length < limit);
    return items.slice(0, limit);
  }

  get<Schema extends z.ZodType>(path: string, schema: Schema, query: Query = {}): Promise<z.infer<Schema>> {
    return this.#ask({ method: 'GET', path, query, schema });
  }

  /** Asks for something to be made or done; sent again after an expired token, it means the same thing once. */
  post<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.infer<Schema>> {
    return this.#ask({ method: 'POST', path, body, schema, idempotencyKey: randomUUID() });
  }

  put<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.infer<Schema>> {
    return this.#ask({ method: 'PUT', path, body, schema });
  }

  patch<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.infer<Schema>> {
    return this.#ask({ method: 'PATCH', path, body, schema });
  }

  async delete(path: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path, schema: z.unknown() });
  }

  /** Writes what the hub streams to `target`, as it comes, and leaves it open. */
  async download(path: string, target: Writable): Promise<void> {
    const token = await this.#access.token();
    await downloadFrom(this.#hub, path, token, target);
  }

  async #ask<Schema extends z.ZodType>(request: HubRequest<Schema>): Promise<z.infer<Schema>> {
    try {
      return await requestHub(this.#hub, { ...request, accessToken: await this.#access.token() });
    } catch (thrown) {
      if (!(thrown instanceof FerryError) || thrown.code !== 'UNAUTHENTICATED') throw thrown;
      const accessToken = await this.#access.renewed();
      if (accessToken === undefined) throw this.#access.refused(thrown);
      return requestHub(this.#hub, { ...request, accessToken });
    }
  }
}
