import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { type Logger, stdSerializers } from 'pino';
import { principalOrNobody } from './authentication.ts';
import { logText } from './log-text.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests for this route come all the time, and change nothing that somebody would look for in the log. */
    readonly isRoutine?: boolean;
  }
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * One line for each request, when it is answered: changes at info, reads and what is routine at debug. It names the route's pattern and no header, no
 * query and no body: what a client writes there may be a secret (ATTACKS.md A64, A67, A68).
 */
export class RequestLog extends LogController {
  constructor() {
    super({ disableRequestLogging: true, requestIdLogLabel: 'requestId' });
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const { url = '(none)', config } = request.routeOptions;
    const level = READING.has(request.method) || config.isRoutine === true ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        route: url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        userId: principalOrNobody(request)?.userId,
        ...(error && { err: error }),
      },
      'request',
    );
  }

  /** An answer that broke off after it had begun: whoever asked sees a closed connection and no reason. */
  override streamError(error: Error & { readonly code?: string }, request: FastifyRequest): void {
    // They went away themselves.
    if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    request.log.error({ err: error }, 'an answer broke off');
  }
}

/** A logger whose errors stay within bounds: a message may quote what somebody sent. */
export function requestLogger(logger: Logger): Logger {
  return logger.child({}, { serializers: { err: shortError } });
}

function shortError(error: Error): Record<string, unknown> {
  const { type, message, stack, code } = stdSerializers.err(error);
  return { type, code, message: logText(String(message)), stack: logText(String(stack)) };
}
