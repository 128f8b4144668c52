import { FerryError } from '@ferryline/engine';
import type { Kysely } from 'kysely';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { Job, JobChanges, NewJob } from '../../domain/job/job.ts';
import type { JobFilter, JobRepository } from '../../domain/job/job-repository.ts';
import { deleteVersion } from './delete-version.ts';
import { jobChangeColumns, jobFrom, jobRow } from './job-row.ts';
import { pageOf, pageQuery } from './keyset.ts';
import type { Database } from './schema.ts';
import { isUniqueViolation } from './statement-failure.ts';
import { containsText } from './text-condition.ts';
import { timeColumn } from './time-column.ts';

const sortColumns = { id: 'id', name: 'name' };

export class SqlJobRepository implements JobRepository {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async list(
    userId: number | undefined,
    { status, agentId, text }: JobFilter,
    page: PageRequest<'id' | 'name'>,
  ): Promise<Page<Job>> {
    let query = this.#db.selectFrom('jobs').selectAll();
    if (userId !== undefined) query = query.where('user_id', '=', userId);
    if (status !== undefined) query = query.where('status', '=', status);
    if (agentId !== undefined) {
      query = query.where(({ eb, or }) =>
        or([eb('source_agent_id', '=', agentId), eb('destination_agent_id', '=', agentId)]),
      );
    }
    if (text !== undefined) query = query.where(containsText('name', text));
    return pageOf(await pageQuery(query, sortColumns, page).execute(), sortColumns, page, jobFrom);
  }

  async getById(id: number): Promise<Job | undefined> {
    const row = await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
    return row && jobFrom(row);
  }

  async getByIds(ids: readonly number[]): Promise<readonly Job[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db.selectFrom('jobs').selectAll().where('id', 'in', ids).execute();
    return rows.map(jobFrom);
  }

  async getByName(userId: number, name: string): Promise<Job | undefined> {
    const row = await this.#db
      .selectFrom('jobs')
      .selectAll()
      .where('user_id', '=', userId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && jobFrom(row);
  }

  async listScheduled(): Promise<readonly Job[]> {
    const rows = await this.#db
      .selectFrom('jobs')
      .selectAll()
      .where('status', '=', 'active')
      .where('cron', 'is not', null)
      .orderBy('id')
      .execute();
    return rows.map(jobFrom);
  }

  async countByUser(userId: number): Promise<number> {
    const { jobs } = await this.#db
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll().as('jobs'))
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow();
    return Number(jobs);
  }

  async countByAgent(agentId: number): Promise<number> {
    const { jobs } = await this.#db
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll().as('jobs'))
      .where(({ eb, or }) => or([eb('source_agent_id', '=', agentId), eb('destination_agent_id', '=', agentId)]))
      .executeTakeFirstOrThrow();
    return Number(jobs);
  }

  async create(job: NewJob): Promise<Job> {
    const row = await this.#db
      .insertInto('jobs')
      .values(jobRow(job, this.#now()))
      .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) throw nameIsTaken(job.name);
    return jobFrom(row);
  }

  async update(id: number, version: number, changes: JobChanges): Promise<Job | undefined> {
    try {
      const row = await this.#db
        .updateTable('jobs')
        .set({ ...jobChangeColumns(changes), updated_at: this.#now().getTime(), revision: version + 1 })
        .where('id', '=', id)
        .where('revision', '=', version)
        .returningAll()
        .executeTakeFirst();
      return row && jobFrom(row);
    } catch (thrown) {
      if (isUniqueViolation(thrown)) throw nameIsTaken(changes.name ?? '');
      throw thrown;
    }
  }

  async passTick(id: number, tickAt: Date, queuedTickAt: Date | undefined): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('jobs')
      .set({ last_tick_at: tickAt.getTime(), queued_tick_at: timeColumn(queuedTickAt) })
      .where('id', '=', id)
      .where(({ eb, or }) => or([eb('last_tick_at', 'is', null), eb('last_tick_at', '<', tickAt.getTime())]))
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  async takeQueuedTick(id: number, tickAt: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('jobs')
      .set({ queued_tick_at: null })
      .where('id', '=', id)
      .where('queued_tick_at', '=', tickAt.getTime())
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  delete(id: number, version: number | undefined): Promise<boolean> {
    return deleteVersion(this.#db, 'jobs', id, version);
  }
}

function nameIsTaken(name: string): FerryError {
  return new FerryError('CONFLICT', `There is a job named "${name}" already. Choose another name.`);
}
