import { z } from 'zod';
import { placeText } from '../../../domain/common/place.ts';
import { MAX_PLAN_SAMPLE, type RunPlan } from '../../../domain/run/run-plan.ts';
import { countersSchema, issueJson, issueSchema } from './run-json.ts';

const plannedFileSchema = z
  .object({ sourcePath: z.string(), destinationPath: z.string(), sizeBytes: z.int() })
  .meta({ id: 'PlannedFile' });

export const runPlanSchema = z
  .object({
    counters: countersSchema.meta({ description: 'Those that a run has when it is planned.' }),
    complete: z.boolean().meta({ description: 'False when time ran out: then there is more than is counted here.' }),
    destinationOnline: z.boolean().meta({ description: 'When false, a run would wait for it.' }),
    files: z
      .array(plannedFileSchema)
      .meta({ description: `What it would move; the first ${MAX_PLAN_SAMPLE} are named, the others only counted.` }),
    issues: z
      .array(issueSchema)
      .meta({ description: `What it would pass over, or could not copy; the first ${MAX_PLAN_SAMPLE}.` }),
  })
  .meta({ id: 'RunPlan' });

export function runPlanJson(plan: RunPlan): z.infer<typeof runPlanSchema> {
  return {
    counters: plan.counters,
    complete: plan.isComplete,
    destinationOnline: plan.isDestinationOnline,
    files: plan.files.map(({ source, destination, sizeBytes }) => ({
      sourcePath: placeText(source),
      destinationPath: placeText(destination),
      sizeBytes,
    })),
    issues: plan.issues.map(issueJson),
  };
}
