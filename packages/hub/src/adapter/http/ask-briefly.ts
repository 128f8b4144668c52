import { text } from 'node:stream/consumers';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';

/** Of an answer what tests look at. */
export type BriefAnswer = Pick<LightMyRequestResponse, 'statusCode' | 'headers' | 'body' | 'json'>;

/** Asks as `inject` does, and hangs up on an answer that does not end by itself: of a stream of events there is only the head. */
export async function askBriefly(app: FastifyInstance, options: InjectOptions): Promise<BriefAnswer> {
  const answer = await app.inject({ ...options, payloadAsStream: true });
  const { statusCode, headers } = answer;
  const isEndless = String(headers['content-type']).startsWith('text/event-stream');
  if (isEndless) answer.raw.res.destroy();
  const body = isEndless ? '' : await text(answer.stream());
  return { statusCode, headers, body, json: () => JSON.parse(body) };
}
