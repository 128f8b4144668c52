import { type ErrorCode, errorCodeNames } from '@ferryline/engine';
import { z } from 'zod';

/** What came back for one request. */
export type HubAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly contentType: string;
      /** As the hub states the time; absent where it does not. */
      readonly date?: string;
      readonly body: string;
      /** This machine's clock, in milliseconds since 1970. */
      readonly sentAt: number;
      readonly receivedAt: number;
    }
  | { readonly kind: 'unanswered'; readonly why: string };

const problemSchema = z.object({ code: z.enum(errorCodeNames) });
const healthSchema = z.object({ status: z.enum(['ok', 'unavailable']), version: z.string().max(64) });

export type StatedHealth = z.infer<typeof healthSchema>;

/** The code of a problem document as only a hub writes it; anything else, as a proxy's page, has none. */
export function problemCode(answer: { readonly contentType: string; readonly body: string }): ErrorCode | undefined {
  if (!/^application\/problem\+json\b/i.test(answer.contentType)) return undefined;
  return problemSchema.safeParse(parseJson(answer.body)).data?.code;
}

/** What a hub says of its health; nothing where no hub says it. */
export function statedHealth(answer: HubAnswer | undefined): StatedHealth | undefined {
  if (answer?.kind !== 'answered' || (answer.status !== 200 && answer.status !== 503)) return undefined;
  return healthSchema.safeParse(parseJson(answer.body)).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
