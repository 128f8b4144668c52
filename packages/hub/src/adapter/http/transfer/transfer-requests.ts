import { z } from 'zod';
import { transferStates } from '../../../domain/transfer/lifecycle.ts';
import { idText } from '../request/id-params.ts';
import { momentText, pageQuery, searchText, sortedBy } from '../request/page-query.ts';

/** As many as fit into a request. */
const MAX_BULK_IDS = 5_000;
const MAX_ID = 999_999_999_999_999;

const idNumber = z.int().min(1).max(MAX_ID);
const stateSchema = z.enum(transferStates);

export const transferQuery = pageQuery.extend({
  run: idText.exactOptional(),
  job: idText.exactOptional().meta({ description: 'Of any run of this job.' }),
  status: stateSchema.exactOptional(),
  agent: idText.exactOptional().meta({ description: 'At either end.' }),
  q: searchText.meta({ description: "Part of the file's name." }),
  from: momentText.exactOptional().meta({ description: 'Created at or after this moment.' }),
  until: momentText.exactOptional().meta({ description: 'Created before this moment.' }),
  sort: sortedBy('id', 'sizeBytes', 'filename'),
});

const bulkFilterSchema = z.strictObject({
  run: idNumber.exactOptional(),
  job: idNumber.exactOptional(),
  status: stateSchema.exactOptional(),
  agent: idNumber.exactOptional(),
  q: searchText,
  from: momentText.exactOptional(),
  until: momentText.exactOptional(),
});

export const bulkSchema = z
  .strictObject({
    action: z.enum(['cancel', 'retry']),
    ids: z.array(idNumber).min(1).max(MAX_BULK_IDS).exactOptional(),
    filter: bulkFilterSchema
      .exactOptional()
      .meta({ description: 'All that it finds; {} means all of yours; to an administrator, everybody’s.' }),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'give either ids or a filter')
  .meta({ id: 'BulkRequest', examples: [{ action: 'retry', filter: { run: 17, status: 'failed' } }] });

/** What a query, or a bulk request, asks of a list of transfers. */
export function transferFilter({ run, job, status, agent, q, from, until }: z.infer<typeof bulkFilterSchema>) {
  return {
    ...(run && { runId: run }),
    ...(job && { jobId: job }),
    ...(status && { state: status }),
    ...(agent && { agentId: agent }),
    ...(q && { text: q }),
    ...(from && { from }),
    ...(until && { until }),
  };
}

/** Which transfers a bulk request means. */
export function bulkTarget({ ids, filter = {} }: z.infer<typeof bulkSchema>) {
  return ids === undefined ? { filter: transferFilter(filter) } : { ids };
}
