import { z } from 'zod';

/** The body of a request that says all in its URL: none, or an empty object. */
export const emptyBody = z.strictObject({}).nullish();
