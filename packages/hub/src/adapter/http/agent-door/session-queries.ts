import { z } from 'zod';

const numberSchema = z
  .string()
  .regex(/^\d{1,15}$/, 'not a number')
  .transform(Number);

export const sessionQuery = z.strictObject({ session: z.string().min(1).max(64) });
export const fetchQuery = sessionQuery.extend({ after: numberSchema });
export const postQuery = sessionQuery.extend({ seq: numberSchema });
