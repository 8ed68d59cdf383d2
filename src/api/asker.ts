import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Asker } from '../clicks/statistics/fair-queue.ts';

/** One for each connection: a client may have sent several requests over it before the first is answered. */
const signals = new WeakMap<Socket, AbortSignal>();

/** Who asks statistics in a call of an API: its key, for as long as its client stays connected. */
export function askerOf({ principal, raw }: FastifyRequest): Asker {
  return { owner: principal.actor, signal: leavingOf(raw) };
}

/** @returns what fires when the client's connection closes */
export function leavingOf({ socket }: IncomingMessage): AbortSignal {
  const known = signals.get(socket);
  if (known) return known;
  const leaving = new AbortController();
  if (socket.destroyed) leaving.abort();
  else socket.once('close', () => leaving.abort());
  signals.set(socket, leaving.signal);
  return leaving.signal;
}
