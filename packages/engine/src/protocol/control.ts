import { z } from 'zod';
import { FerryError } from '../error/ferry-error.ts';
import { type AgentMessage, agentMessageSchema } from './agent-messages.ts';
import { type HubMessage, hubMessageSchema } from './hub-messages.ts';
import { requireBoundedJson } from './json-bounds.ts';

/** The largest control message either end accepts, in bytes of UTF-8. */
export const MAX_CONTROL_MESSAGE_BYTES = 4 * 1024 * 1024;

/** What an agent sent, or `undefined` for a type this version does not know, which is ignored. Throws PROTOCOL. */
export function parseAgentMessage(text: string): AgentMessage | undefined {
  return parseControl(agentMessageSchema, agentMessageTypes, text);
}

/**
 * What an agent that polls sent in one body, without the messages of types that this version does not know. The body as a whole keeps
 * the bounds of one message. Throws PROTOCOL.
 */
export function parseAgentMessages(text: string): readonly AgentMessage[] {
  requireBoundedJson(text);
  const body = postedMessagesSchema.safeParse(parseJson(text));
  if (!body.success) throw new FerryError('PROTOCOL', 'Messages are posted as a list of 1 to 1,000.');
  return body.data.flatMap((each) => checkControl(agentMessageSchema, agentMessageTypes, each) ?? []);
}

const postedMessagesSchema = z.array(z.unknown()).min(1).max(1_000);

/** What the hub sent, or `undefined` for a type this version does not know, which is ignored. Throws PROTOCOL. */
export function parseHubMessage(text: string): HubMessage | undefined {
  return parseControl(hubMessageSchema, hubMessageTypes, text);
}

/**
 * What the hub answered to a poll: the number of the answer, and what it says in it, without the messages of types that this version
 * does not know. The answer as a whole keeps the bounds of one message. Throws PROTOCOL.
 */
export function parsePollAnswer(text: string): PollAnswer {
  requireBoundedJson(text);
  const answer = pollAnswerSchema.safeParse(parseJson(text));
  if (!answer.success) throw new FerryError('PROTOCOL', 'The answer to a poll is an object with "seq" and "messages".');
  const { seq, messages } = answer.data;
  return { seq, messages: messages.flatMap((each) => checkControl(hubMessageSchema, hubMessageTypes, each) ?? []) };
}

interface PollAnswer {
  readonly seq: number;
  readonly messages: readonly HubMessage[];
}

const pollAnswerSchema = z.object({ seq: z.int().positive(), messages: z.array(z.unknown()) });

const agentMessageTypes = typesOf(agentMessageSchema);
const hubMessageTypes = typesOf(hubMessageSchema);

function typesOf(schema: typeof agentMessageSchema | typeof hubMessageSchema): ReadonlySet<string> {
  return new Set(schema.options.map((option) => option.shape.type.value));
}

function parseControl<T>(schema: z.ZodType<T>, known: ReadonlySet<string>, text: string): T | undefined {
  requireBoundedJson(text);
  return checkControl(schema, known, parseJson(text));
}

function checkControl<T>(schema: z.ZodType<T>, known: ReadonlySet<string>, value: unknown): T | undefined {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') throw new FerryError('PROTOCOL', 'A control message is a JSON object with a "type".');
  if (!known.has(type)) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined ? '' : ` at ${issue.path.join('.') || 'the top'}: ${issue.message}`;
  throw new FerryError('PROTOCOL', `The control message "${type}" is malformed${where}.`, { details: { type } });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FerryError('PROTOCOL', 'A control message is not valid JSON.', { cause });
  }
}
