import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A socket that answers with the URL of the run's PostgreSQL server, which starts when it is first asked. */
    postgresDoor: string;
  }
}

/** One PostgreSQL server for the whole run, and only for a run with a suite that asks for it. */
export default function setUp(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-test-run-'));
  const postgres = new KeptPostgres();
  const door = openDoor(join(folder, 'postgres'), postgres);
  project.provide('postgresDoor', join(folder, 'postgres'));
  // An interrupted run ends without the function returned here.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return async () => {
    door.close();
    await postgres.stop();
  };
}

function openDoor(path: string, postgres: KeptPostgres): Server {
  return createServer((socket) => {
    socket.on('error', () => {});
    postgres.url().then(
      (url) => socket.end(JSON.stringify({ url })),
      (error) => socket.end(JSON.stringify({ problem: String(error) })),
    );
  }).listen(path);
}

class KeptPostgres {
  #url: Promise<string> | undefined;
  #keeper: ChildProcess | undefined;

  url(): Promise<string> {
    this.#url ??= this.#start();
    return this.#url;
  }

  async #start(): Promise<string> {
    // In a session of its own: Ctrl-C must end the run first, and the server then.
    const keeper = spawn(
      process.execPath,
      [fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url))],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        detached: true,
      },
    );
    this.#keeper = keeper;
    const lines = createInterface(keeper.stdout);
    const [line] = await Promise.race([
      once(lines, 'line'),
      once(keeper, 'exit').then(() =>
        Promise.reject(new Error('The PostgreSQL for the tests did not start')),
      ),
    ]);
    return String(line);
  }

  async stop(): Promise<void> {
    const keeper = this.#keeper;
    if (!keeper || keeper.exitCode !== null) return;
    const exit = once(keeper, 'exit');
    keeper.stdin?.end();
    await exit;
  }
}
