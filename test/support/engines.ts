import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseConfig, StoreLocation } from '../../src/db/store-location.ts';
import { createTestDatabase } from './postgres.ts';

export interface EngineUnderTest {
  readonly location: StoreLocation;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** An empty place for a store: a temporary folder and, where that is elsewhere, a database of its own. */
  open(): Promise<EngineUnderTest>;
}

const wanted = (process.env.SWITCHYARD_TEST_ENGINES ?? 'sqlite,postgresql').toLowerCase().split(',');

export const SQLITE: Engine = {
  name: 'SQLite',
  open: () => inTemporaryFolder({ engine: 'sqlite' }, async () => {}),
};

export const POSTGRES: Engine = {
  name: 'PostgreSQL',
  async open() {
    const { url, drop } = await createTestDatabase();
    return await inTemporaryFolder({ engine: 'postgres', url, poolSize: 8 }, drop);
  },
};

/** Every engine that `SWITCHYARD_TEST_ENGINES` (a comma list; default both) lets run: `describe.each(ENGINES)`. */
export const ENGINES: readonly Engine[] = [SQLITE, POSTGRES].filter(runs);

/** For suites about one engine: `describe.runIf(runs(POSTGRES))`. */
export function runs(engine: Engine): boolean {
  return wanted.some((name) => name.trim() === engine.name.toLowerCase());
}

async function inTemporaryFolder(
  database: DatabaseConfig,
  close: () => Promise<void>,
): Promise<EngineUnderTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-store-'));
  return {
    location: { dataDir, database },
    async close() {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
