import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
export function announceServer(dataDir: string, port: number, token: string): () => void {
  const file = controlFile(dataDir);
  const server: RunningServer = { url: `http://localhost:${port}`, token };
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(server), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

export function findRunningServer(dataDir: string): RunningServer | undefined {
  try {
    return JSON.parse(readFileSync(controlFile(dataDir), 'utf8')) as RunningServer;
  } catch {
    return undefined;
  }
}
