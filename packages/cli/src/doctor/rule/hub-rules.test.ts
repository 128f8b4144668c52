import type { WebSocketProof } from '@ferryline/agent/dial';
import { describe, expect, test } from 'vitest';
import type { HubAnswer } from '../hub-answer.ts';
import { judgeHub } from './hub.ts';
import { judgePolling } from './polling.ts';
import { judgeToken } from './token.ts';
import { judgeTransport } from './transport.ts';
import { judgeVersions } from './versions.ts';
import { judgeWebSocket } from './websocket.ts';

const PROBLEM = 'application/problem+json';
const bodyOf = (code: string) => JSON.stringify({ code });

const through: WebSocketProof = { kind: 'through', handshakeMs: 12.4, pongMs: 2.2 };
const silent: WebSocketProof = { kind: 'silent' };
const refused = (status: number, code?: string): WebSocketProof =>
  code === undefined
    ? { kind: 'refused', status, contentType: 'text/html', body: '<h1>no</h1>' }
    : { kind: 'refused', status, contentType: PROBLEM, body: bodyOf(code) };

const answered = (status: number, body: string, contentType: string): HubAnswer => ({
  kind: 'answered',
  status,
  contentType,
  body,
  sentAt: 0,
  receivedAt: 0,
});
const problem = (status: number, code: string) => answered(status, bodyOf(code), PROBLEM);
const page = (status: number) => answered(status, '<h1>no</h1>', 'text/html');
const unanswered: HubAnswer = { kind: 'unanswered', why: 'the connection was cut' };

describe('judgeHub', () => {
  const health = (status: number, said: string) =>
    answered(status, JSON.stringify({ status: said, version: '1.2.3' }), '');

  test.each([
    ['a healthy hub', health(200, 'ok'), [], 'ok', /1\.2\.3/],
    ['a hub without its database', health(503, 'unavailable'), [], 'fail', /cannot do its work/],
    ['another web server', page(200), [page(404), refused(404)], 'fail', /no Ferryline hub: HTTP 200 came/],
    [
      'what speaks no HTTP',
      unanswered,
      [unanswered, refused(0)],
      'fail',
      /does not answer as a hub does: the connection was cut/,
    ],
    ['a hub by a name that it does not have', problem(421, 'VALIDATION'), [], 'fail', /not known by this name/],
    ['a hub whose health is kept back', page(403), [problem(401, 'UNAUTHENTICATED'), silent], 'warn', /answers agents/],
    ['a hub of which only WebSockets get through', page(403), [page(403), through], 'warn', /answers agents/],
  ] as const)('of %s', (_which, answer, others, level, what) => {
    expect(judgeHub(answer, others)).toMatchObject({ level, what: expect.stringMatching(what) });
  });
});

describe('judgeWebSocket', () => {
  test.each([
    ['through', through, 'ok', /12 ms for the handshake, 2 ms/],
    ['held back after the handshake', silent, 'warn', /accepted, and no pong came within 5 s/],
    ['refused for its token', refused(401, 'UNAUTHENTICATED'), 'ok', /reaches the hub/],
    ['made a plain request', refused(404, 'NOT_FOUND'), 'warn', /as a plain one/],
    ['refused on the way', refused(403), 'warn', /HTTP 403 came, and not from a hub/],
    ['cut', { kind: 'failed', why: 'the connection was cut' }, 'warn', /the connection was cut\.$/],
  ] as const)('of one that is %s', (_which, proof, level, what) => {
    expect(judgeWebSocket(proof)).toMatchObject({ level, what: expect.stringMatching(what) });
  });
});

describe('judgePolling', () => {
  test.each([
    ['that asks for a token', problem(401, 'UNAUTHENTICATED'), 'ok', /gets through/],
    ['that knows no polling', problem(404, 'NOT_FOUND'), 'warn', /cannot be polled/],
    ['of something in between', page(401), 'warn', /HTTP 401 came, and not from a hub/],
    ['that did not come', unanswered, 'warn', /was cut/],
  ])('of an answer %s', (_which, answer, level, what) => {
    expect(judgePolling(answer)).toMatchObject({ level, what: expect.stringMatching(what) });
  });
});

describe('judgeTransport', () => {
  const polled = problem(401, 'UNAUTHENTICATED');

  test.each([
    ['WebSocket where it gets through', 'auto', through, polled, 'ok', /use WebSocket/],
    ['polling where that is held back', 'auto', silent, polled, 'ok', /poll, and try every 5 minutes/],
    ['polling where that is refused', 'auto', refused(403), polled, 'ok', /poll, and try every 5 minutes/],
    ['neither where nothing gets through', 'auto', silent, page(403), 'fail', /neither/],
    ['WebSocket, as it is told', 'websocket', through, page(403), 'ok', /use WebSocket/],
    ['nothing else than WebSocket, as it is told', 'websocket', silent, polled, 'fail', /--transport websocket/],
    ['polling, as it is told', 'polling', through, polled, 'ok', /poll, as it is told/],
    ['nothing else than polling, as it is told', 'polling', through, page(403), 'fail', /--transport polling/],
  ] as const)('is %s', (_which, choice, proof, poll, level, what) => {
    const expected = expect.objectContaining({ level, what: expect.stringMatching(what) });
    expect(judgeTransport(choice, proof, poll)).toEqual([expected]);
  });

  test('is not said where only a good token would show it', () => {
    expect(judgeTransport('auto', refused(401, 'UNAUTHENTICATED'), polled)).toEqual([]);
  });
});

describe('judgeToken', () => {
  const [polled, known, unknown] = [
    problem(401, 'UNAUTHENTICATED'),
    problem(404, 'NOT_FOUND'),
    problem(401, 'UNAUTHENTICATED'),
  ];

  test.each([
    ['opened a WebSocket', through, known, known, 'ok', /accepts/],
    ['polled', refused(403), polled, known, 'ok', /accepts/],
    [
      'was refused with the WebSocket',
      refused(401, 'UNAUTHENTICATED'),
      polled,
      unanswered,
      'fail',
      /wrong, revoked or expired/,
    ],
    ['was refused with the poll', silent, polled, unknown, 'fail', /wrong, revoked or expired/],
    ['came after too many wrong ones', refused(429, 'RATE_LIMITED'), polled, unanswered, 'fail', /for a while/],
    ['got 404 from a hub that cannot be polled', refused(403), known, known, 'warn', /could not be found out/],
    ['reached nobody', refused(401), page(401), page(401), 'warn', /could not be found out/],
  ])('of one that %s', (_which, websocket, pollOfNobody, pollWithToken, level, what) => {
    const finding = judgeToken({ websocket, pollOfNobody, pollWithToken });

    expect(finding).toMatchObject({ level, what: expect.stringMatching(what) });
  });
});

describe('judgeVersions', () => {
  test.each([
    [undefined, 'ok'],
    ['1.0.0', 'ok'],
    ['1.1.0', 'warn'],
  ])('of an agent 1.0.0 beside a hub %s', (hub, level) => {
    expect(judgeVersions({ node: 'v26.0.0', agent: '1.0.0', protocols: [1], hub }).level).toBe(level);
  });
});
