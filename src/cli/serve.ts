import { createServer } from 'node:net';
import { type App, openApp } from '../app/app.ts';
import { type Config, decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { databaseIsUnavailable, openingError } from '../db/open.ts';
import { keepTicksFast } from '../observability/fast-ticks.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { announceServer } from './control-file.ts';
import { OperatorError } from './operator-error.ts';

const DATABASE_PATIENCE_MS = 30_000;
const DATABASE_RETRY_MS = 1_000;
const ONE_CTRL_C_MS = 500;

/**
 * `switchyard serve`: starts, serves until SIGTERM or SIGINT, then stops accepting, finishes what has begun, lets
 * ingest drain the journal and returns. A second signal ends the process at once; clicks are in the journal by then.
 */
export async function serve(): Promise<number> {
  const config = decideConfig(readEnv());
  const logger = createLogger(config.logLevel);
  const stop = stopSignal(logger);
  keepTicksFast();
  const port = config.port === 0 ? await freePort() : config.port;
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const app = await openPatiently(config, publicUrl, logger);
  let code = 0;
  try {
    await listen(app, port, config.host);
    const withdraw = announceServer(config.dataDir, { host: config.host, port }, app.controlToken);
    logger.info(
      { url: publicUrl, port, store: config.database.engine, dataDir: config.dataDir },
      'Switchyard is serving',
    );
    if (app.firstKey) console.error(welcome(publicUrl, app.firstKey));
    const reason = await Promise.race([stop, app.failure]);
    withdraw();
    if (reason instanceof Error) {
      logger.fatal({ err: reason }, 'stopping, to be started again');
      code = 1;
    } else {
      logger.info({ reason }, 'stopping: finishing what has begun');
    }
  } finally {
    await app.close();
  }
  logger.info('stopped');
  return code;
}

/** A database that is starting at the same time as we are is waited for. */
async function openPatiently(config: Config, publicUrl: string, logger: Logger): Promise<App> {
  const giveUpAt = Date.now() + DATABASE_PATIENCE_MS;
  for (;;) {
    try {
      return await openApp(config, publicUrl, logger);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (isFolderTrouble(error)) {
        throw new OperatorError(
          `${config.dataDir} cannot be written (${reason}). Make room or mend its rights, then start again.`,
        );
      }
      if (!databaseIsUnavailable(config.database, error) || Date.now() >= giveUpAt)
        throw openingError(config.database, error);
      logger.warn({ reason }, 'the database cannot be reached yet; trying again');
      await new Promise((resolve) => setTimeout(resolve, DATABASE_RETRY_MS));
    }
  }
}

/** A full disk, a read-only file system, missing rights: as the file system or SQLite says it. */
function isFolderTrouble(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(ENOSPC|EDQUOT|EROFS|EACCES|EPERM|ENOTDIR|SQLITE_(FULL|READONLY|CANTOPEN|IOERR))/.test(code);
}

async function listen(app: App, port: number, host: string | undefined): Promise<void> {
  try {
    await app.server.listen({ port, host: host ?? '::' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (host === undefined && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      // A machine without IPv6.
      await app.server.listen({ port, host: '0.0.0.0' });
    } else if (code === 'EADDRINUSE') {
      throw new OperatorError(
        `Port ${port} is in use by another program. Stop it, or choose another with PORT.`,
      );
    } else if (code === 'EACCES') {
      throw new OperatorError(
        `Port ${port} needs rights this process does not have. Choose one above 1023 with PORT.`,
      );
    } else {
      throw error;
    }
  }
}

function stopSignal(logger: Logger): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    let interruptedAt = Number.NEGATIVE_INFINITY;
    const onSignal = (signal: NodeJS.Signals) => {
      // One Ctrl-C under npm arrives twice: from the terminal and, a moment later, from npm.
      const isEcho = signal === 'SIGINT' && performance.now() - interruptedAt < ONE_CTRL_C_MS;
      if (signal === 'SIGINT') interruptedAt = performance.now();
      if (isEcho) return;
      if (asked) {
        logger.warn({ signal }, 'stopping at once');
        process.exit(130);
      }
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    process.on('SIGHUP', onSignal);
    process.once('disconnect', () => {
      asked = true;
      resolve('the launcher has ended');
    });
  });
}

/** For `PORT=0`: the port has to be known before the default domain is. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

function welcome(url: string, key: string): string {
  return `
  Switchyard is running at ${url} and has made you an API key.
  It is shown only now, so keep it:

      ${key}

  Your first link, ready to paste:

      curl -X POST ${url}/api/v1/links \\
        -H 'Authorization: Bearer ${key}' \\
        -H 'Content-Type: application/json' \\
        -d '{"destination": "https://example.com/", "code": "hello"}'

      curl -i ${url}/hello

  All that can be done: ${url}/api/docs
`;
}
