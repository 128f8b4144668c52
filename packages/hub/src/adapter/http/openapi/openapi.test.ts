import { createConfig, lintFromString } from '@redocly/openapi-core';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildHttpServer } from '../http-server.ts';
import type { HttpServices } from '../http-services.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: object }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let app: FastifyInstance;
let text: string;
let document: Document;

beforeAll(async () => {
  // What is described are the routes: nobody asks them anything here.
  const services = {} as HttpServices;
  app = buildHttpServer({ services, logger: pino({ level: 'silent' }), version: '0.1.0' });
  text = (await app.inject({ url: '/api/v1/openapi.json' })).body;
  document = JSON.parse(text);
});

afterAll(() => app.close());

async function lint(source: string): Promise<readonly string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const found = await lintFromString({ source, config });
  return found.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
}

function operations(): readonly (readonly [name: string, operation: Operation])[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
}

describe('the description of the interface', () => {
  test('is OpenAPI 3.1 to which a linter has nothing to say, with every rule that it recommends', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(await lint(text)).toEqual([]);
  });

  test('is really linted: a reference that leads nowhere is found', async () => {
    expect(await lint(text.replaceAll('#/components/schemas/Run"', '#/components/schemas/Rum"'))).not.toEqual([]);
  });

  test('names every operation, says what it is for, who may ask and what it refuses with', () => {
    const ids = new Set<string>();
    for (const [name, { operationId, summary, tags, security, responses }] of operations()) {
      expect(operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
      ids.add(operationId ?? '');
      expect(summary, name).toMatch(/^[A-Z].{5,}/);
      expect(tags, name).toHaveLength(1);
      expect(security, name).toBeDefined();
      expect(
        Object.keys(responses).some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
      for (const [status, { description }] of Object.entries(responses)) {
        expect(description, `${name} ${status}`).toMatch(/^(?!Default)./);
      }
    }
    expect(ids.size).toBe(operations().length);
    expect(ids.size).toBeGreaterThan(50);
  });

  test('has one component for each thing that there is, under its own name', () => {
    const { schemas } = document.components;

    expect(Object.keys(schemas)).toEqual(
      expect.arrayContaining([
        'Agent',
        'Job',
        'Key',
        'NewJob',
        'Problem',
        'Run',
        'RunPage',
        'Token',
        'Transfer',
        'User',
      ]),
    );
    expect(Object.keys(schemas).filter((name) => name.endsWith('Input'))).toEqual([]);
  });

  test('takes an Idempotency-Key wherever a repeated request would make or start something twice', () => {
    const takesKey = ({ parameters = [] }: Operation) => parameters.some(({ name }) => name === 'idempotency-key');
    const posts = operations().filter(([name]) => name.startsWith('POST '));
    const without = posts.filter(([, operation]) => !takesKey(operation)).map(([name]) => name);

    expect(posts.filter(([, operation]) => takesKey(operation)).map(([name]) => name)).toHaveLength(10);
    // Of these a second one does what the first one did: signing in, taking away, ending, hurrying, asking; the newest invitation counts.
    for (const name of without) {
      expect(name).toMatch(/^POST \/api\/v1\/(auth\/\w+|.*\/(revoke|cancel|resume|test|invitation))$/);
    }
  });

  test('says that nothing is taken beyond what is described', () => {
    const { NewJob, NewRun, NewUser, AgentChanges } = document.components.schemas;

    for (const schema of [NewJob, NewRun, NewUser, AgentChanges]) {
      expect(schema).toMatchObject({ additionalProperties: false });
    }
  });
});

describe('the page to browse it', () => {
  test('comes with its own files only, under a policy that lets in no others', async () => {
    const page = await app.inject({ url: '/api/v1/docs' });
    const links = Array.from(page.body.matchAll(/(?:src|href)="([^"]+)"/g), ([, link = '']) => link);

    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(links.length).toBeGreaterThan(4);
    for (const url of [...links, '/api/v1/docs/json']) {
      expect((await app.inject({ url })).statusCode, url).toBe(200);
    }
    expect(page.body).not.toMatch(/https?:/);
    expect(page.body).not.toMatch(/<script(?! src=)/);
  });
});
