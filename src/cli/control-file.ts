import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Where a running server can be talked to by whoever may read its data folder. */
export interface RunningServer {
  readonly url: string;
  readonly token: string;
}

function controlFile(dataDir: string): string {
  return join(dataDir, 'server.json');
}

/** @returns takes the announcement back */
export function announceServer(
  dataDir: string,
  listening: { readonly host: string | undefined; readonly port: number },
  token: string,
): () => void {
  const file = controlFile(dataDir);
  const server: RunningServer = { url: `http://${reachable(listening.host)}:${listening.port}`, token };
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(server), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** A server that listens on every address is asked on the loopback one, any other where it listens. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}

export function findRunningServer(dataDir: string): RunningServer | undefined {
  try {
    return JSON.parse(readFileSync(controlFile(dataDir), 'utf8')) as RunningServer;
  } catch {
    return undefined;
  }
}
