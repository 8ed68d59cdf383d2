import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadsOf } from '../cpu-clock.ts';
import type { BenchServer } from './bench-server.ts';
import { startPinned } from './pinned-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const API_KEY = 'bench-key-of-a-loopback-server';
const START_PATIENCE_MS = 30_000;

export interface SwitchyardOptions {
  readonly name: string;
  readonly dataDir: string;
  readonly core: number | undefined;
  /** The `main.ts` or `main.js` to run; undefined: this repository's. */
  readonly program: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** The real server with its journal, as its own command line starts it. */
export class SwitchyardServer implements BenchServer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly #stop: () => Promise<void>;

  static async start({
    name,
    dataDir,
    core,
    program = serverProgram(),
    env = {},
  }: SwitchyardOptions): Promise<SwitchyardServer> {
    const port = await freePort();
    const started = startPinned({
      name,
      core,
      args: [program, 'serve'],
      env: {
        HOST: '127.0.0.1',
        PORT: String(port),
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        DATA_DIR: dataDir,
        BOOTSTRAP_API_KEY: API_KEY,
        LOG_LEVEL: 'warn',
        // What links lead to here is not there.
        FETCH_PREVIEWS: 'off',
        ...env,
      },
    });
    const server = new SwitchyardServer(name, port, started.pid, started.stop);
    try {
      await Promise.race([server.#untilHealthy(), started.ended]);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return server;
  }

  private constructor(name: string, port: number, pid: number, stop: () => Promise<void>) {
    this.name = name;
    this.port = port;
    this.pid = pid;
    this.#stop = stop;
  }

  /** The same call as text for a bare connection. */
  request(method: string, path: string, body: unknown): string {
    const text = JSON.stringify(body);
    return [
      `${method} /api/v1${path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.port}`,
      `Authorization: Bearer ${API_KEY}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(text)}`,
      '',
      text,
    ].join('\r\n');
  }

  /** A call of the management API. @throws when it answers anything but success */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${API_KEY}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }

  /**
   * Moves what works behind the answers (ingest, database threads, file synchronisation) to another core; the thread
   * that answers and Node's own helpers stay where they are.
   */
  moveBackgroundThreads(core: number): void {
    for (const tid of threadsOf(this.pid)) {
      if (tid === this.pid || isNodesOwn(this.pid, tid)) continue;
      spawnSync('taskset', ['--cpu-list', '--pid', String(core), String(tid)]);
    }
  }

  async #untilHealthy(): Promise<void> {
    const deadline = performance.now() + START_PATIENCE_MS;
    while (performance.now() < deadline) {
      const healthy = await fetch(`http://127.0.0.1:${this.port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (healthy) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${this.name} did not get healthy in ${START_PATIENCE_MS / 1_000} s`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** The build if it is newer than every source, else the sources themselves, which only start more slowly. */
function serverProgram(): string {
  const built = join(ROOT, 'dist', 'main.js');
  const sources = join(ROOT, 'src');
  if (!existsSync(built)) return join(sources, 'main.ts');
  const builtAt = statSync(built).mtimeMs;
  const newer = globSync('**/*.ts', { cwd: sources }).some(
    (file) => !file.endsWith('.test.ts') && statSync(join(sources, file)).mtimeMs > builtAt,
  );
  return newer ? join(sources, 'main.ts') : built;
}

function isNodesOwn(pid: number, tid: number): boolean {
  const name = readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim();
  return name === 'V8Worker' || name.startsWith('DelayedTaskSche');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
