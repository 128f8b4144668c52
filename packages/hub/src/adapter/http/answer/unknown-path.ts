import { FerryError } from '@ferryline/engine';
import type { FastifyInstance } from 'fastify';
import { HttpRefusal } from './http-refusal.ts';
import { sendProblem } from './problem.ts';

interface KnownRoute {
  readonly method: string;
  /** Of the pattern, `:name` standing for any one segment and `*` for all that follow. */
  readonly segments: readonly string[];
}

const MAX_SHOWN_PATH = 200;

/** Answers what leads nowhere: 405 with the methods that there are, when only the method is wrong, else 404. */
export function answerUnknownPaths(app: FastifyInstance): void {
  const known: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) known.push({ method: each, segments: url.split('/') });
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const shown = path.slice(0, MAX_SHOWN_PATH);
    const allowed = methodsOf(known, path);
    if (allowed.length === 0) {
      return sendProblem(new FerryError('NOT_FOUND', `There is no ${request.method} ${shown} here.`), request, reply);
    }
    reply.header('allow', allowed.join(', '));
    const refusal = `${shown} does not take ${request.method}, but ${allowed.join(', ')}.`;
    return sendProblem(new HttpRefusal(405, refusal, { allowed }), request, reply);
  });
}

function methodsOf(known: readonly KnownRoute[], path: string): readonly string[] {
  const segments = path.split('/');
  const found = known.filter((route) => leadsTo(route.segments, segments)).map((route) => route.method);
  return [...new Set(found)].toSorted();
}

function leadsTo(pattern: readonly string[], segments: readonly string[]): boolean {
  const isOpenEnded = pattern.at(-1) === '*';
  if (isOpenEnded ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every(
    (each, at) => each === '*' || each === segments[at] || (each.startsWith(':') && segments[at] !== ''),
  );
}
