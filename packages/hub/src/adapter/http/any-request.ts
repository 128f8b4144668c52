import fc from 'fast-check';
import { arbitraryOf, nastyText, type Schema, type Schemas } from './any-value.ts';

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** As much of an OpenAPI document as is needed to ask what it describes. */
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<AskedOperation, 'method' | 'path'>>>>>;
  readonly components: { readonly schemas: Schemas };
}

export interface AskedOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

export interface TriedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
}

/** Every operation that the document describes. */
export function operationsOf({ paths }: Document): readonly AskedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** Requests for an operation: mostly near what its description asks for, with what it does not ask for in between. */
export function arbitraryRequest(operation: AskedOperation, document: Document): fc.Arbitrary<TriedRequest> {
  const { method, path, parameters = [], requestBody } = operation;
  const body = requestBody?.content['application/json']?.schema;
  const given = fc.tuple(...parameters.map(givenOrNot));
  const extra = rarely(8, fc.tuple(fc.string(), nastyText));
  const payload = body === undefined ? fc.constant(undefined) : payloadText(body, document.components.schemas);
  return fc.tuple(given, extra, payload).map(([values, surplus, text]) => {
    const query = new URLSearchParams();
    const headers: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json' };
    let filled = path;
    for (const [at, value] of values.entries()) {
      const { in: where, name } = parameters[at] as Parameter;
      if (value === undefined) continue;
      if (where === 'query') query.append(name, value);
      if (where === 'header') headers[name] = value;
      if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value.toWellFormed()));
    }
    if (surplus !== undefined) query.append(...surplus);
    const url = query.size === 0 ? filled : `${filled}?${query}`;
    return { method, url, headers, ...(text !== undefined && { payload: text }) };
  });
}

/** Once in so many times something, else nothing. */
function rarely<T>(onceIn: number, some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: onceIn - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });
}

/** What is asked for is there; of the rest, a little at a time. */
function givenOrNot(parameter: Parameter): fc.Arbitrary<string | undefined> {
  const text = parameterText(parameter);
  return parameter.required === true ? text : rarely(4, text);
}

function parameterText({ in: where, schema }: Parameter): fc.Arbitrary<string> {
  const likely = arbitraryOf(schema, {}).map(String);
  // What Node itself would refuse to send as a header is not a question to the hub.
  if (where === 'header') return fc.oneof(likely, fc.string({ unit: 'grapheme-ascii' })).map((text) => text.trim());
  return fc.oneof({ weight: 6, arbitrary: likely }, { weight: 1, arbitrary: nastyText });
}

function payloadText(schema: Schema, schemas: Schemas): fc.Arbitrary<string | undefined> {
  const likely = arbitraryOf(schema, schemas);
  return fc.oneof(
    { weight: 6, arbitrary: likely.map((value) => JSON.stringify(value)) },
    {
      weight: 2,
      arbitrary: fc.tuple(likely, fc.string(), fc.json()).map(([value, key, more]) => withSurplus(value, key, more)),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: nastyText },
  );
}

function withSurplus(value: unknown, key: string, more: string): string {
  return JSON.stringify({ ...(typeof value === 'object' ? value : {}), [key]: JSON.parse(more) });
}
