import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { type Config, decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { DataDirInUse, DataLock } from '../db/data-lock.ts';
import { openingError, openStore, type Store, storeIsThere } from '../db/open.ts';
import { findRunningServer, type RunningServer } from './control-file.ts';
import { OperatorError, ServerRefusal } from './operator-error.ts';

/**
 * A server that runs on the data folder is asked; when none does, its store is opened in its place.
 *
 * @throws OperatorError when there is none, and none is to be made
 */
export async function withServerOrStore<T>(
  ask: (server: RunningServer) => Promise<T>,
  work: (store: Store, config: Config) => Promise<T>,
  { makesStore = true }: { readonly makesStore?: boolean } = {},
): Promise<T> {
  const config = decideConfig(readEnv());
  if (existsSync(config.dataDir)) openDataDir(config);
  const inWords = (error: unknown): never => {
    throw openingError(config.database, error);
  };
  if (!makesStore && !(await storeIsThere(config).catch(inWords))) {
    throw new OperatorError(
      `There is no Switchyard data in ${config.dataDir}. Run this in the folder of the clone, or set DATA_DIR (and DATABASE_URL, if it has one) as the server has it. Is there none yet? Start it once with: switchyard serve`,
    );
  }
  if (openDataDir(config)) {
    console.error(
      `${config.dataDir} was made, because it was not there. Is the server’s data elsewhere? Then run this in the folder of the clone, or set DATA_DIR.`,
    );
  }
  const lock = takeLock(config);
  if (!lock) return await ask(runningServer(config));
  try {
    const store = await openStore(config, (message) => console.error(message)).catch(inWords);
    try {
      return await work(store, config);
    } finally {
      await store.database.close();
    }
  } finally {
    lock.release();
  }
}

/**
 * For what only a running server can do.
 *
 * @throws OperatorError when none runs on the data folder
 */
export async function withServer<T>(ask: (server: RunningServer) => Promise<T>): Promise<T> {
  const config = decideConfig(readEnv());
  // Looking closer would make the folder.
  const lock = existsSync(config.dataDir) ? takeLock(config) : 'free';
  if (lock === undefined) return await ask(runningServer(config));
  if (lock !== 'free') lock.release();
  throw new OperatorError(
    `No server is running on ${config.dataDir}, and this needs one. Start it with: switchyard serve`,
  );
}

function runningServer({ dataDir }: Config): RunningServer {
  const server = findRunningServer(dataDir);
  if (server) return server;
  throw new OperatorError(`The server on ${dataDir} is starting or stopping. Try again in a moment.`);
}

/**
 * Makes the folder where there is none. @returns whether it has
 *
 * @throws OperatorError when it cannot be made, or belongs to somebody else
 */
export function openDataDir({ dataDir }: Config): boolean {
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return made !== undefined;
  } catch (error) {
    throw new OperatorError(
      `DATA_DIR ${dataDir} cannot be used: ${error instanceof Error ? error.message : String(error)}. It must be a folder of the user who runs this.`,
    );
  }
}

/** @returns undefined when a server has it */
export function takeLock(config: Config): DataLock | undefined {
  try {
    return DataLock.take(config.dataDir);
  } catch (error) {
    if (error instanceof DataDirInUse) return undefined;
    throw error;
  }
}

/** @throws ServerRefusal with what the server said */
export async function callServer(
  server: RunningServer,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  const { code, detail } = problemIn(await response.text());
  throw new ServerRefusal(String(code ?? ''), String(detail || response.statusText));
}

/** A call of our own API: `path` is below `/api/v1`. @returns its JSON */
export async function callJson(
  server: RunningServer,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  return await (await callServer(server, method, `/api/v1${path}`, body)).json();
}

function problemIn(text: string): { readonly code?: unknown; readonly detail?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
