import { z } from 'zod';
import { existingPolicies, MAX_DEADLINE_SECONDS } from '../../../domain/run/run.ts';

const MAX_RETRIES = 100;

export const compressionSchema = z.enum(['auto', 'none', 'zstd', 'lz4']);
const existingPolicySchema = z.enum(existingPolicies).meta({
  description: 'What to do when a destination path is taken: replace the file, or fail with DESTINATION_EXISTS.',
});

/** The rules of a run, as answers show them. */
export const runOptionsSchema = z
  .object({
    compression: compressionSchema,
    existing: existingPolicySchema,
    maxRetries: z.int(),
    deadlineSeconds: z.int().optional(),
  })
  .meta({ id: 'RunOptions' });

/** The rules of a run, as they are asked for: what is left out has its default. */
export const newRunOptionsSchema = z
  .strictObject({
    compression: compressionSchema.exactOptional(),
    existing: existingPolicySchema.exactOptional(),
    maxRetries: z.int().min(0).max(MAX_RETRIES).exactOptional(),
    deadlineSeconds: z.int().min(1).max(MAX_DEADLINE_SECONDS).exactOptional().meta({
      description: 'So long after it was made, a run that has not ended fails with TIMEOUT.',
    }),
  })
  .meta({ id: 'NewRunOptions' });
