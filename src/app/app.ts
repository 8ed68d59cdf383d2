import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { KeyService } from '../accounts/key-service.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import { checkGeoDatabase } from './check-geo-database.ts';
import { Disposals } from './disposals.ts';
import { followChanges } from './follow-changes.ts';
import { Housekeeping } from './housekeeping.ts';
import { openInstruments } from './instruments.ts';
import { buildMemory } from './memory.ts';
import { openClicks } from './open-clicks.ts';
import { openData } from './open-data.ts';
import { openPainting } from './open-painting.ts';
import { openReactions } from './open-reactions.ts';
import { openServer } from './open-server.ts';
import { openVisits } from './open-visits.ts';
import { buildServices } from './services.ts';
import { setUp } from './set-up.ts';

/** The whole product, composed by hand: every long-lived object, in order, and their disposal in reverse. */
export interface App {
  readonly server: FastifyInstance;
  readonly publicUrl: string;
  /** Opens the management API to whoever can read the data folder: the command line on this machine. */
  readonly controlToken: string;
  readonly keys: KeyService;
  /** Made at this start because there was none; shown once. */
  readonly firstKey: string | undefined;
  /**
   * Resolves when the process cannot do its work any more and should be started again: without ingest, say, clicks
   * only pile up in the journal.
   */
  readonly failure: Promise<Error>;
  close(): Promise<void>;
}

/** Opens part after part, each with what stands already. What one of them is made of is in its own file. */
export async function openApp(config: Config, publicUrl: string, logger: Logger): Promise<App> {
  const { promise: failure, resolve: fail } = Promise.withResolvers<Error>();
  const disposals = new Disposals();
  const opening = { config, publicUrl, logger, disposals, fail };
  try {
    checkGeoDatabase(config, logger);
    const store = await openData(opening);
    const services = buildServices(opening, store);
    const firstKey = await setUp(opening, store, services);
    const { id: projectId } = await services.projects.loadDefault();

    const memory = await buildMemory(opening, store, services);
    const clicks = await openClicks(opening, store);
    const reactions = await openReactions(opening, store, services);
    await followChanges(opening, { store, services, memory, clicks, reactions });

    const instruments = openInstruments(config, disposals);
    const painting = openPainting(opening);
    const before = { store, services, memory, clicks, reactions, instruments, painting };
    const visits = await openVisits(opening, before, projectId);
    const controlToken = randomBytes(32).toString('base64url');
    const server = await openServer(opening, { ...before, visits }, { projectId, controlToken });

    const housekeeping = new Housekeeping(store.database, services.links, services.groups, logger);
    housekeeping.start();
    disposals.add(() => housekeeping.stop());

    const { keys } = services;
    return { server, publicUrl, controlToken, keys, firstKey, failure, close: () => disposals.run() };
  } catch (error) {
    await disposals.run().catch((also: unknown) => logger.error({ err: also }, 'not all could be closed'));
    throw error;
  }
}
