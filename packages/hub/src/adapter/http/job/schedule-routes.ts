import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { JobService } from '../../../application/job/job-service.ts';
import { momentSchema } from '../answer/moment.ts';
import { principalOf } from '../middleware/authentication.ts';
import { idParams } from '../request/id-params.ts';
import { whenSchema } from './job-requests.ts';

const ticksSchema = z.object({ next: z.array(momentSchema) }).meta({ id: 'Ticks' });

export interface ScheduleRoutesOptions {
  readonly jobs: JobService;
}

/** When jobs run: of a job, and of a schedule that somebody is writing. */
export const scheduleRoutes: FastifyPluginAsyncZod<ScheduleRoutesOptions> = async (app, { jobs }) => {
  app.get(
    '/jobs/:id/schedule',
    {
      schema: {
        operationId: 'getJobSchedule',
        summary: 'When a job runs next, five times ahead',
        params: idParams,
        response: { 200: ticksSchema },
      },
    },
    async (request) => ticksJson(await jobs.nextTimes(principalOf(request), request.params.id)),
  );

  app.get(
    '/schedule-preview',
    {
      schema: {
        operationId: 'previewSchedule',
        summary: 'When a schedule would be due, five times ahead',
        querystring: whenSchema,
        response: { 200: ticksSchema },
      },
    },
    async (request) => ticksJson(await jobs.previewSchedule(request.query)),
  );
};

function ticksJson(next: readonly Date[]): z.infer<typeof ticksSchema> {
  return { next: next.map((each) => each.toISOString()) };
}
