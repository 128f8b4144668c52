import { z } from 'zod';
import { idText } from '../request/id-params.ts';
import { pageQuery, searchText, sortedBy } from '../request/page-query.ts';
import { newRunOptionsSchema } from '../run/run-options-json.ts';
import { endpointTextSchema, patternsSchema } from '../run/run-requests.ts';
import { jobStatusSchema, jobTypeSchema, missedSchema, overlapSchema } from './job-json.ts';

const MAX_NAME_LENGTH = 200;
const MAX_CRON_LENGTH = 200;
const MAX_TIME_ZONE_LENGTH = 64;

export const jobQuery = pageQuery.extend({
  status: jobStatusSchema.exactOptional(),
  agent: idText.exactOptional().meta({ description: 'At either end.' }),
  q: searchText.meta({ description: 'Part of the name.' }),
  sort: sortedBy('id', 'name'),
});

/** When something is due, as people write it. */
export const whenSchema = z.strictObject({
  cron: z
    .string()
    .min(1)
    .max(MAX_CRON_LENGTH)
    .meta({ description: 'Five fields, minute first, or six, second first.' }),
  timeZone: z
    .string()
    .min(1)
    .max(MAX_TIME_ZONE_LENGTH)
    .meta({ description: 'An IANA time zone, as in Europe/Berlin.' }),
});

const scheduleSchema = whenSchema.extend({
  overlap: overlapSchema.exactOptional(),
  missed: missedSchema.exactOptional(),
});

export const newJobSchema = z
  .strictObject({
    name: z.string().min(1).max(MAX_NAME_LENGTH),
    type: jobTypeSchema,
    source: endpointTextSchema,
    destination: endpointTextSchema,
    include: patternsSchema.exactOptional(),
    exclude: patternsSchema.exactOptional(),
    options: newRunOptionsSchema.exactOptional(),
    schedule: scheduleSchema
      .nullable()
      .exactOptional()
      .meta({ description: 'null: it runs only when somebody says so.' }),
    status: jobStatusSchema.exactOptional(),
  })
  .meta({
    id: 'NewJob',
    examples: [
      {
        name: 'nightly logs',
        type: 'push',
        source: { agent: 'web-01', path: '/srv/logs' },
        destination: { agent: 'vault', path: '/in/web-01/' },
        include: ['**/*.log.gz'],
        schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
      },
    ],
  });

/** What is left out stays as it is; a schedule of null is taken away. */
export const jobChangesSchema = newJobSchema
  .extend({
    name: newJobSchema.shape.name.exactOptional(),
    type: jobTypeSchema.exactOptional(),
    source: endpointTextSchema.exactOptional(),
    destination: endpointTextSchema.exactOptional(),
  })
  .meta({ id: 'JobChanges', examples: [{ status: 'paused' }] });
