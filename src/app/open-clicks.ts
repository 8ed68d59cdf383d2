import { ensureInstanceSecret } from '../accounts/instance-secret.ts';
import { ClickPipeline } from '../clicks/click-pipeline.ts';
import { LiveClicks } from '../clicks/live-clicks.ts';
import { DatabaseSlotStore, prepareSlotCount } from '../clicks/slot-store.ts';
import { StatisticsService } from '../clicks/statistics/statistics-service.ts';
import type { Store } from '../db/open.ts';
import type { Logger } from '../observability/logger.ts';
import { throttled } from '../observability/throttle.ts';
import { DatabaseSlots, JournalSlots, type Slots } from '../visits/slots.ts';
import { COUNT_PATIENCE_MS } from './count-patience.ts';
import type { Opening } from './opening.ts';
import { within } from './within.ts';

const CLOSE_PATIENCE_MS = 10_000;
const CATCH_UP_PATIENCE_MS = 10_000;

/** Clicks: their way into the store, the slots of limited links, and what is read of them. */
export interface Clicks {
  readonly pipeline: ClickPipeline;
  /** Keys the networks of clicks that apps may ask for, and of apps that ask for theirs. */
  readonly deferredSecret: string;
  readonly slots: Slots;
  readonly statistics: StatisticsService;
  readonly live: LiveClicks;
}

export async function openClicks(
  { config, publicUrl, logger, disposals, fail }: Opening,
  store: Store,
): Promise<Clicks> {
  const { database } = store;
  const location = { dataDir: config.dataDir, database: config.database };
  const deferredSecret = await ensureInstanceSecret(database, 'deferred-secret-1');
  const pipeline = new ClickPipeline({
    location,
    durability: config.clickDurability,
    visitorSecret: await ensureInstanceSecret(database, 'visitor-secret-1'),
    deferredSecret,
    geoDatabase: config.geoDatabase,
    rawClickDays: config.rawClickDays,
    publicUrl,
    report: (event, { error, ...details }) => {
      logger.warn({ event, ...details, reason: error === undefined ? undefined : String(error) }, 'clicks');
    },
    onThreadLost: fail,
  });
  disposals.add(() => pipeline.close(CLOSE_PATIENCE_MS));
  await keepIdsUnused(store, pipeline, logger);

  const cacheBytes = config.statisticsCacheMb * 1024 * 1024;
  const statistics = new StatisticsService({ database, location, cacheBytes });
  disposals.add(() => statistics.close());

  const live = new LiveClicks(
    database,
    throttled(10_000, (error: unknown, times) => {
      logger.warn(
        { reason: String(error), times },
        'clicks could not be read for those who follow them live',
      );
    }),
  );
  return { pipeline, deferredSecret, slots: slotsOf(store, pipeline), statistics, live };
}

/**
 * Lets ingest catch up, then moves the link ids past every id that has clicks: after a restored backup those ids may
 * be free again in the configuration, and a new link must not inherit somebody else's clicks.
 */
async function keepIdsUnused({ database }: Store, pipeline: ClickPipeline, logger: Logger): Promise<void> {
  await within(CATCH_UP_PATIENCE_MS, pipeline.drain()).catch((error: unknown) => {
    logger.warn({ reason: String(error) }, 'ingest is still catching up with the journal');
  });
  const highest = await database.read
    .selectFrom('link_counter')
    .select((eb) => eb.fn.max('link_id').as('id'))
    .executeTakeFirst();
  if (highest?.id) await database.raiseIds('link', highest.id);
}

function slotsOf({ database, servesAlone }: Store, pipeline: ClickPipeline): Slots {
  return servesAlone
    ? new JournalSlots(() => within(COUNT_PATIENCE_MS, pipeline.drain()), prepareSlotCount(database))
    : new DatabaseSlots(new DatabaseSlotStore(database));
}
