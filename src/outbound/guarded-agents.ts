import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { isPublicAddress } from './public-address.ts';
import type { Resolve } from './resolver.ts';

/** An address may not be called. Its message is a sentence for whoever has named it. */
export class TargetRefused extends Error {}

export interface GuardedAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** To one host and port; what finds none free waits, and its deadline runs. More than the product calls at once. */
const MOST_CONNECTIONS = 4_096;
const MOST_IDLE = 4;
const IDLE_MS = 10_000;

/**
 * Agents whose every connection leads to a public address, whatever led there: the addresses of a name are checked and
 * then connected to as they are, without the name being asked for a second time, and the address at the other end is
 * checked once more when the connection stands, before a byte is written.
 */
export function guardedAgents(keepAlive: boolean): GuardedAgents {
  const options = {
    keepAlive,
    maxSockets: MOST_CONNECTIONS,
    maxFreeSockets: MOST_IDLE,
    timeout: IDLE_MS,
  };
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
  for (const agent of [agents.http, agents.https]) {
    const connect = agent.createConnection.bind(agent) as (...given: unknown[]) => Socket;
    agent.createConnection = (...given: unknown[]) => checked(connect(...given));
  }
  return agents;
}

/** Agents that call whatever they are told to. */
export function openAgents(keepAlive: boolean): GuardedAgents {
  const options = { keepAlive, maxSockets: MOST_CONNECTIONS, maxFreeSockets: MOST_IDLE, timeout: IDLE_MS };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

function checked(socket: Socket): Socket {
  // First of all listeners: TLS begins, and what was written is sent, in others of the same event.
  return socket.prependOnceListener('connect', () => {
    const address = socket.remoteAddress;
    if (address === undefined || !isPublicAddress(address)) {
      socket.destroy(new TargetRefused('The connection led to an address that is not public.'));
    }
  });
}

const NO_ADDRESS = Object.assign(new Error('no address'), { code: 'ENODATA', syscall: 'query' });

/** One address that is not public is enough to refuse the name: else its owner could try until that one is taken. */
export function lookupWith(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (host, { all, family }, answer) => {
    resolve(host).then(
      (addresses) => {
        if (!allowPrivate && !addresses.every(isPublicAddress)) {
          // Which one is the business of those who run the name server of this network.
          answer(new TargetRefused(`The name ${host} has an address that is not public.`), []);
          return;
        }
        const wanted = addresses
          .map((address) => ({ address, family: isIP(address) }))
          .filter((found) => found.family !== 0 && (!family || family === found.family));
        const [first] = wanted;
        if (!first) answer(NO_ADDRESS, []);
        else if (all) answer(null, wanted);
        else answer(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => answer(error, []),
    );
  };
}
