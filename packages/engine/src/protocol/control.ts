import type { z } from 'zod';
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

/** What the hub sent, or `undefined` for a type this version does not know, which is ignored. Throws PROTOCOL. */
export function parseHubMessage(text: string): HubMessage | undefined {
  return parseControl(hubMessageSchema, hubMessageTypes, text);
}

const agentMessageTypes = typesOf(agentMessageSchema);
const hubMessageTypes = typesOf(hubMessageSchema);

function typesOf(schema: typeof agentMessageSchema | typeof hubMessageSchema): ReadonlySet<string> {
  return new Set(schema.options.map((option) => option.shape.type.value));
}

function parseControl<T>(schema: z.ZodType<T>, known: ReadonlySet<string>, text: string): T | undefined {
  requireBoundedJson(text);
  const value = parseJson(text);
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
