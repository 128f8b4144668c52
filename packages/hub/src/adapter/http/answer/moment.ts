import { z } from 'zod';

/** A moment as answers show it: ISO 8601 in UTC. */
export const momentSchema = z.string().meta({ format: 'date-time' });
