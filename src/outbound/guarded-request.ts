import http from 'node:http';
import https from 'node:https';
import { failureSentence } from './failure-sentence.ts';
import {
  type GuardedAgents,
  guardedAgents,
  lookupWith,
  openAgents,
  TargetRefused,
} from './guarded-agents.ts';
import { type Resolve, resolveLocally, resolvePublicly } from './resolver.ts';
import { hostOf, targetProblem } from './target.ts';

export interface OutboundRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** Beside `Host` and `Content-Length`, which follow from URL and body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For everything: name, connection, TLS, answer, and waiting for a free connection. */
  readonly timeoutMs: number;
  /** What is answered beyond is not read: the connection is dropped. */
  readonly maxAnswerBytes: number;
  /** So much of it is handed back. */
  readonly keepAnswerBytes: number;
  /** Plain http and any address. */
  readonly allowPrivate: boolean;
  /** Plain http, but to public addresses only: for reading what anybody may read. */
  readonly allowPlainHttp?: boolean;
  /** Gives up when it is aborted, as when the time has come. */
  readonly signal?: AbortSignal;
  /** How names are read, where it is not as the world reads them. */
  readonly resolve?: Resolve;
}

export type OutboundAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: AnswerHeaders;
      /** The first bytes of the body, as they came. */
      readonly bytes: Uint8Array;
      readonly ending: BodyEnding;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'failed';
      /** A sentence that names neither the URL nor what was sent. */
      readonly error: string;
      /** The request is not allowed; nothing was sent. */
      readonly refused: boolean;
      readonly durationMs: number;
    };

/** A body has come whole, was longer than is read, or has hung or broken off before it was either. */
export type BodyEnding = 'whole' | 'limit' | 'broken';

const TOLD_HEADERS = ['retry-after', 'content-type', 'content-encoding', 'location'] as const;
export type AnswerHeaders = Readonly<Partial<Record<(typeof TOLD_HEADERS)[number], string>>>;

/** What is open to any address is never mixed with what is not: a kept connection is not looked up again. */
const AGENTS = {
  guarded: { kept: guardedAgents(true), fresh: guardedAgents(false) },
  open: { kept: openAgents(true), fresh: openAgents(false) },
};

/**
 * Calls a URL that a client has named, and nothing that the operator would not want called (see `targetProblem` and
 * `guardedAgents`). Redirects are answers like others and are never followed; proxies of the environment are not used.
 * The status decides: an answer whose body hangs or breaks off afterwards is an answer, and says so. Never throws.
 */
export async function guardedRequest(request: OutboundRequest): Promise<OutboundAnswer> {
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  const problem = targetProblem(request.url, request.allowPrivate, request.allowPlainHttp);
  if (problem !== undefined) return { kind: 'failed', error: problem, refused: true, durationMs: took() };
  const agents = request.allowPrivate ? AGENTS.open : AGENTS.guarded;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const deadline = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
  let came = await exchange(request, agents.kept, deadline);
  // The receiver has closed a kept connection at the moment it was used again, which says nothing about the receiver.
  if (came.kind === 'lost' && came.wasKept) came = await exchange(request, agents.fresh, deadline);
  const durationMs = took();
  if (came.kind === 'answered') return { ...came, durationMs };
  const refused = came.error instanceof TargetRefused;
  return { kind: 'failed', error: failureSentence(came.error, request.timeoutMs), refused, durationMs };
}

type Came =
  | Omit<Extract<OutboundAnswer, { kind: 'answered' }>, 'durationMs'>
  | { readonly kind: 'lost'; readonly error: unknown; readonly wasKept: boolean };

function exchange(request: OutboundRequest, agents: GuardedAgents, deadline: AbortSignal): Promise<Came> {
  const {
    method,
    headers,
    allowPrivate,
    resolve = allowPrivate ? resolveLocally : resolvePublicly,
  } = request;
  const url = new URL(request.url);
  const body = Buffer.from(request.body ?? '');
  const secure = url.protocol === 'https:';
  return new Promise((done) => {
    let call: http.ClientRequest;
    let isAnswered = false;
    const lost = (error: unknown) => {
      if (isAnswered) return;
      done({ kind: 'lost', error, wasKept: call?.reusedSocket === true && isBrokenOff(error) });
    };
    if (deadline.aborted) return lost(deadline.reason);
    try {
      call = (secure ? https : http).request({
        agent: secure ? agents.https : agents.http,
        host: hostOf(url),
        port: url.port || undefined,
        path: `${url.pathname}${url.search}`,
        method,
        headers: {
          ...headers,
          ...(request.body === undefined ? {} : { 'content-length': String(body.length) }),
        },
        lookup: lookupWith(resolve, allowPrivate),
      });
    } catch (error) {
      // A header that could not be written as one line.
      return lost(error);
    }
    const giveUp = () => call.destroy(deadline.reason);
    deadline.addEventListener('abort', giveUp, { once: true });
    call.on('error', lost);
    call.on('close', () => {
      deadline.removeEventListener('abort', giveUp);
      lost(new Error('closed without an answer'));
    });
    call.on('response', (answer) => {
      isAnswered = true;
      readBody(call, answer, request, (bytes, ending) => {
        done({ kind: 'answered', status: answer.statusCode ?? 0, headers: told(answer), bytes, ending });
        if (!answer.complete) call.destroy();
      });
    });
    call.end(body);
  });
}

/**
 * Reads to the end, to the limit or for as long as the connection holds, whichever is first. The bytes go into one
 * piece of memory: whoever answers decides how small the pieces are in which they come.
 */
function readBody(
  call: http.ClientRequest,
  answer: http.IncomingMessage,
  { maxAnswerBytes, keepAnswerBytes }: OutboundRequest,
  done: (bytes: Uint8Array, ending: BodyEnding) => void,
): void {
  const kept = Buffer.allocUnsafe(keepAnswerBytes);
  let read = 0;
  let isDone = false;
  const finish = (ending: BodyEnding) => {
    if (isDone) return;
    isDone = true;
    done(kept.subarray(0, read), ending);
  };
  answer.on('data', (chunk: Buffer) => {
    // What had arrived already still comes after the end.
    if (isDone) return;
    if (read < kept.length) chunk.copy(kept, read);
    read += chunk.length;
    if (read > maxAnswerBytes) finish('limit');
  });
  // Before the end: a body of no told length ends with its connection, also with one that was reset or that we gave up.
  call.on('error', () => finish('broken'));
  answer.on('end', () => finish('whole'));
  answer.on('error', () => finish('broken'));
  answer.on('close', () => finish('broken'));
}

function told({ headers }: http.IncomingMessage): AnswerHeaders {
  return Object.fromEntries(TOLD_HEADERS.flatMap((name) => (headers[name] ? [[name, headers[name]]] : [])));
}

function isBrokenOff(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
