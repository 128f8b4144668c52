import { z } from 'zod';
import { jobTypes } from '../../../domain/job/job-type.ts';
import { everything } from '../../../domain/job/selection.ts';
import { runStates } from '../../../domain/run/lifecycle.ts';
import { runTriggers } from '../../../domain/run/run.ts';
import { idText } from '../request/id-params.ts';
import { momentText, pageQuery, searchText, sortedBy } from '../request/page-query.ts';
import { newRunOptionsSchema } from './run-options-json.ts';

const MAX_NAME_LENGTH = 255;
const MAX_PATH_LENGTH = 4_096;
const MAX_PATTERN_LENGTH = 4_096;
const MAX_PATTERNS = 100;

/** One end of a copy, as people write it. */
export const endpointTextSchema = z
  .strictObject({
    agent: z.string().max(MAX_NAME_LENGTH).meta({ description: 'The name of the agent.' }),
    path: z.string().max(MAX_PATH_LENGTH).meta({
      description: 'Absolute. A destination that ends with a slash takes what is copied under its own name.',
    }),
  })
  .meta({ id: 'EndpointText' });

export const patternsSchema = z
  .array(z.string().min(1).max(MAX_PATTERN_LENGTH))
  .max(MAX_PATTERNS)
  .meta({ description: 'Glob patterns, against paths below the source.' });

export const newRunSchema = z
  .strictObject({
    source: endpointTextSchema,
    destination: endpointTextSchema,
    type: z.enum(jobTypes).exactOptional(),
    include: patternsSchema.exactOptional(),
    exclude: patternsSchema.exactOptional(),
    options: newRunOptionsSchema.exactOptional(),
  })
  .meta({
    id: 'NewRun',
    examples: [{ source: { agent: 'web-01', path: '/srv/a.log' }, destination: { agent: 'vault', path: '/in/' } }],
  });

/** The request for an ad-hoc copy that a body makes. */
export function adHocRun({ include, exclude, ...rest }: z.infer<typeof newRunSchema>) {
  const selection = { ...everything, ...(include && { include }), ...(exclude && { exclude }) };
  return { trigger: 'api', ...rest, selection } as const;
}

export const runQuery = pageQuery.extend({
  status: z.enum(runStates).exactOptional(),
  trigger: z.enum(runTriggers).exactOptional(),
  job: idText.exactOptional(),
  agent: idText.exactOptional().meta({ description: 'At either end.' }),
  q: searchText.meta({ description: "Part of the source's or the destination's path." }),
  from: momentText.exactOptional().meta({ description: 'Created at or after this moment.' }),
  until: momentText.exactOptional().meta({ description: 'Created before this moment.' }),
  sort: sortedBy('id', 'bytesMoved', 'filesPlanned'),
});

/** What a query asks of a list of runs, without its page. */
export function runFilter({ status, trigger, job, agent, q, from, until }: z.infer<typeof runQuery>) {
  return {
    ...(status && { state: status }),
    ...(trigger && { trigger }),
    ...(job && { jobId: job }),
    ...(agent && { agentId: agent }),
    ...(q && { text: q }),
    ...(from && { from }),
    ...(until && { until }),
  };
}
