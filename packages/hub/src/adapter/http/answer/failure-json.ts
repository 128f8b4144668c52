import { type ErrorCode, errorCodeNames } from '@ferryline/engine';
import { z } from 'zod';

export const failureSchema = z.object({ code: z.enum(errorCodeNames), message: z.string() }).meta({ id: 'Failure' });

/** The error of a run or a transfer, when it has one. */
export function failureJson(errorCode: ErrorCode | undefined, errorMessage: string | undefined) {
  return errorCode && { code: errorCode, message: errorMessage ?? '' };
}
