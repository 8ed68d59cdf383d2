import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { hashApiKey } from '../accounts/api-key.ts';
import { ensureInstanceSecret } from '../accounts/instance-secret.ts';
import { KeyService } from '../accounts/key-service.ts';
import { ProjectService } from '../accounts/project-service.ts';
import { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import type { ApiContext } from '../api/api-context.ts';
import { PublishableCalls } from '../api/app-call.ts';
import { buildHttpServer } from '../api/http.ts';
import { AppService } from '../apps/app-service.ts';
import { listAssociatedApps } from '../apps/associated-apps.ts';
import { ClickPipeline } from '../clicks/click-pipeline.ts';
import { LiveClicks } from '../clicks/live-clicks.ts';
import { DatabaseSlotStore, loadSlotsUsed, prepareSlotCount } from '../clicks/slot-store.ts';
import { StatisticsService } from '../clicks/statistics/statistics-service.ts';
import { visitorPseudonyms } from '../clicks/visitor-pseudonym.ts';
import type { Config } from '../config/config.ts';
import type { Change } from '../db/change.ts';
import { DataLock } from '../db/data-lock.ts';
import { openStore, type Store } from '../db/open.ts';
import { AssociationFiles } from '../deeplinks/association/association-files.ts';
import { DeferredService } from '../deeplinks/deferred/deferred-service.ts';
import { DeferredStore } from '../deeplinks/deferred/deferred-store.ts';
import { ShortLinkService } from '../deeplinks/firebase/short-link-service.ts';
import { PagePreviews } from '../deeplinks/previews/page-previews.ts';
import { PreviewStore } from '../deeplinks/previews/preview-store.ts';
import { Failure } from '../errors.ts';
import { ReservedSegments } from '../links/code.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import { DomainService } from '../links/domain-service.ts';
import { GroupService } from '../links/group-service.ts';
import { GuessLimit } from '../links/guess-limit.ts';
import { KnownApps } from '../links/known-apps.ts';
import { KnownHosts } from '../links/known-hosts.ts';
import { LinkFactsLookup } from '../links/link-facts-lookup.ts';
import { LinkLookup } from '../links/link-lookup.ts';
import { LinkService } from '../links/link-service.ts';
import { LongLinkStandIns } from '../links/long-link-stand-ins.ts';
import { secretMatches } from '../links/secret-hash.ts';
import { ApiMeter } from '../observability/api-meter.ts';
import type { Logger } from '../observability/logger.ts';
import { LoopDelay } from '../observability/loop-delay.ts';
import { ProxyWatch } from '../observability/proxy-watch.ts';
import { throttled } from '../observability/throttle.ts';
import { VisitMeter } from '../observability/visit-meter.ts';
import { QrLogoService } from '../qr/qr-logo-service.ts';
import { DeliveryThread } from '../reactions/delivery/delivery-thread.ts';
import { ensureVapidKeys } from '../reactions/push/vapid-keys.ts';
import type { Reactions } from '../reactions/reactions.ts';
import { ImportService } from '../transfer/import-service.ts';
import { AppVisits } from '../visits/app-visits.ts';
import { ClientAddress } from '../visits/client-address.ts';
import { DeferredLinks } from '../visits/deferred-links.ts';
import { LongLinks } from '../visits/long-links.ts';
import { Passwords } from '../visits/passwords.ts';
import { PushInvitations } from '../visits/push-invitations.ts';
import { ShortUrls } from '../visits/short-urls.ts';
import { DatabaseSlots, JournalSlots, type Slots } from '../visits/slots.ts';
import { UnlockCookies } from '../visits/unlock-cookie.ts';
import { NotKnownNow, VisitDirectory } from '../visits/visit-directory.ts';
import { VisitHandler, type VisitHandlerParts } from '../visits/visit-handler.ts';
import { VISIT_OUTCOMES } from '../visits/visit-outcome.ts';
import { checkGeoDatabase } from './check-geo-database.ts';
import { describeMetrics } from './describe-metrics.ts';
import { Housekeeping } from './housekeeping.ts';
import { checkReadiness } from './readiness.ts';
import { reportHealth } from './report-health.ts';
import { TimedOut, within } from './within.ts';

/** A limited link whose count is not known yet waits this long for ingest; after that it answers 503. */
const COUNT_PATIENCE_MS = 5_000;
/** A password waits this long for its guess to be counted; after that it answers 503. */
const GUESS_PATIENCE_MS = 2_000;
/** The apps of a domain are looked up for so long; after that what was served before is served again. */
const APPS_PATIENCE_MS = 2_000;
/** An app that asks for its click waits this long for the clicks made before to be counted. */
const CLICKS_PATIENCE_MS = 1_500;
const CLOSE_PATIENCE_MS = 10_000;
/** What is on its way on a kept connection when we stop arrives within this. */
const CLOSE_GRACE_MS = 1_000;
const CATCH_UP_PATIENCE_MS = 10_000;

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

export async function openApp(config: Config, publicUrl: string, logger: Logger): Promise<App> {
  const disposals: (() => Promise<void> | void)[] = [];
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const close = async () => {
    for (const dispose of disposals.splice(0).reverse()) await dispose();
  };
  try {
    checkGeoDatabase(config, logger);
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    const lock = DataLock.take(config.dataDir);
    disposals.push(() => lock.release());

    const store = await openStore(config, (message) => logger.info(message));
    const { database } = store;
    disposals.push(() => database.close());

    const endpoints = new WebhookEndpointService(database, config.allowPrivateTargets);
    const projects = new ProjectService(database, endpoints);
    const domainService = new DomainService(database);
    const groups = new GroupService(database, endpoints);
    const keys = new KeyService(database);
    const reserved = new ReservedSegments();
    const apps = new AppService(database);
    const previews = new PagePreviews({
      store: new PreviewStore(database),
      fetches: config.fetchPreviews,
      onTrouble: throttled(10_000, (error: unknown, times) => {
        logger.warn({ reason: String(error), times }, 'previews of pages are not to be had now');
      }),
    });
    const links = new LinkService(database, domainService, groups, apps, reserved, previews);

    const imports = new ImportService(database, {
      ...{ domains: domainService, groups, apps, links, projects, reserved, publicUrl },
      domainAliases: config.domainAliases,
    });

    const firstKey = await setUp(config, publicUrl, store, { projects, domainService, keys });
    const project = await projects.loadDefault();
    const domains = new DomainDirectory(publicUrl, await domainService.loadAll());

    const deferredSecret = await ensureInstanceSecret(database, 'deferred-secret-1');
    const pipeline = new ClickPipeline({
      location: { dataDir: config.dataDir, database: config.database },
      durability: config.clickDurability,
      visitorSecret: await ensureInstanceSecret(database, 'visitor-secret-1'),
      deferredSecret,
      geoDatabase: config.geoDatabase,
      rawClickDays: config.rawClickDays,
      publicUrl,
      report: (event, details) => logger.warn({ event, ...details }, 'clicks'),
      onThreadLost: fail,
    });
    disposals.push(() => pipeline.close(CLOSE_PATIENCE_MS));
    await keepIdsUnused(store, pipeline, logger);

    const statistics = new StatisticsService({
      database,
      location: { dataDir: config.dataDir, database: config.database },
      cacheBytes: config.statisticsCacheMb * 1024 * 1024,
    });
    disposals.push(() => statistics.close());

    const vapid = await ensureVapidKeys(database);
    const reactions = new DeliveryThread({
      location: { dataDir: config.dataDir, database: config.database },
      servesAlone: store.servesAlone,
      publicUrl,
      allowPrivateTargets: config.allowPrivateTargets,
      mail: config.mailServer
        ? { ...config.mailServer, from: config.mailFrom ?? `switchyard@${new URL(publicUrl).hostname}` }
        : null,
      mailFrom: config.mailFrom,
      vapid,
      logDays: config.deliveryLogDays,
      onEffect: ({ endpointId, reason, calledAsOf }) => {
        database
          .transact('system', (tx) => endpoints.disable(tx, endpointId, reason, calledAsOf))
          .catch((error: unknown) =>
            logger.error({ err: error }, 'a webhook endpoint could not be disabled'),
          );
      },
      report: (event, details) => logger.warn({ event, ...details }, 'deliveries'),
      onThreadLost: fail,
    });
    disposals.push(() => reactions.close());

    const directory = new VisitDirectory(
      new LinkLookup(database),
      config.linkIndexSize,
      () => store.feed.current,
    );
    const slots = slotsOf(store, pipeline);
    const hosts = new KnownHosts(database, () => store.feed.current);
    const knownApps = new KnownApps(database);
    const standIns = new LongLinkStandIns(database, links, domains, project.id);
    const longLinks = new LongLinks({ directory, domains, hosts, apps: knownApps, standIns });
    const associations = new AssociationFiles({
      loadApps: (projectIds) => within(APPS_PATIENCE_MS, listAssociatedApps(database, projectIds)),
      reserved: () => reserved.list(),
      isCurrent: () => store.feed.current,
      onTrouble: throttled(10_000, (error: unknown, times) => {
        logger.warn({ reason: String(error), times }, 'association files could not be made anew');
      }),
      onLeftOut: (host, { ios, android }) => {
        const apps = [...ios, ...android];
        logger.warn(
          { host, count: apps.length, apps: apps.slice(0, 10) },
          'apps find no room in the association files, so links do not open them',
        );
      },
    });
    const follow = follower({
      hosts,
      knownApps,
      associations,
      directory,
      slots,
      keys,
      statistics,
      reactions,
      domains,
      domainService,
      logger,
    });
    database.onCommit(follow);
    await store.feed.start(follow);
    disposals.push(() => store.feed.stop());
    if (config.fetchPreviews) {
      const shortUrls = new ShortUrls(domains, []);
      previews.start({
        allowPrivate: config.allowPrivateTargets,
        isOwn: (url) => shortUrls.read(url) !== undefined,
        userAgent: `Mozilla/5.0 (compatible; SwitchyardBot/1.0; +${publicUrl})`,
      });
      database.onCommit((changes) => previews.follow(changes));
      disposals.push(() => previews.stop());
    }
    // What another process changed between the first reading and the start of the feed.
    domains.replace(await domainService.loadAll());

    const clientAddress = new ClientAddress(config.trustProxy);
    const loopDelay = new LoopDelay();
    disposals.push(() => loopDelay.stop());
    const proxies = new ProxyWatch();
    const visitMeter = new VisitMeter(VISIT_OUTCOMES, (request) => {
      const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProto } = request.headers;
      proxies.look({
        peer: request.socket.remoteAddress ?? '',
        client: clientAddress.of(request),
        forwardedFor: forwardedFor?.toString(),
        forwardedProto: forwardedProto?.toString(),
      });
    });
    const guesses = new GuessLimit({
      database,
      secret: await ensureInstanceSecret(database, 'guess-secret-1'),
      soon: (work) => within(GUESS_PATIENCE_MS, work),
    });
    const invitations = new PushInvitations(
      await ensureInstanceSecret(database, 'push-invitation-secret-1'),
      vapid.publicKey,
    );
    const handlerParts: VisitHandlerParts = {
      directory,
      domains,
      reserved,
      slots,
      journal: pipeline,
      clientAddress,
      longLinks,
      passwords: new Passwords({
        guesses,
        cookies: new UnlockCookies(
          await ensureInstanceSecret(database, 'unlock-secret-1'),
          publicUrl.startsWith('https:'),
        ),
        matches: secretMatches,
      }),
      invitations,
      pages: previews,
      onTrouble: throttled(1_000, (error: unknown, times) => {
        if (error instanceof TimedOut || database.isUnavailable(error)) {
          logger.warn({ reason: String(error), times }, 'visits could not be looked up');
        } else logger.error({ err: error, times }, 'visits failed');
      }),
    };
    const visits = new VisitHandler(handlerParts, visitMeter);
    const linkFacts = new LinkFactsLookup(database);
    const appVisits = new AppVisits({
      directory,
      domains,
      domainAliases: config.domainAliases,
      slots,
      journal: pipeline,
      longLinks,
      factsOf: (linkId) => linkFacts.find(linkId),
    });
    const deferred = new DeferredService({
      store: new DeferredStore(database),
      secret: deferredSecret,
      claim: (claim) => pipeline.claim(claim),
      links: new DeferredLinks(appVisits),
      async settingsOf(projectId) {
        const { deferredWindowMinutes, fingerprintMatching } = await projects.load(projectId);
        return { windowMs: deferredWindowMinutes * 60_000, fingerprintMatching };
      },
      catchUp: () =>
        within(CLICKS_PATIENCE_MS, pipeline.drain()).then(
          () => true,
          () => false,
        ),
    });
    const meter = new ApiMeter();
    const metrics = describeMetrics({
      visits: visitMeter,
      api: meter,
      directory,
      pipeline,
      loopDelay,
      deliveries: reactions,
    });

    const live = new LiveClicks(
      database,
      throttled(10_000, (error: unknown, times) => {
        logger.warn(
          { reason: String(error), times },
          'clicks could not be read for those who follow them live',
        );
      }),
    );
    const pseudonymSecret = await ensureInstanceSecret(database, 'pseudonym-secret-1');

    const controlToken = randomBytes(32).toString('base64url');
    const context: ApiContext = {
      database,
      hosts,
      knownApps,
      longLinks,
      shortLinks: new ShortLinkService(database, links, reserved),
      appVisits,
      publishableCalls: new PublishableCalls(clientAddress),
      deferred,
      domains,
      domainService,
      links,
      imports,
      apps,
      associations,
      previews,
      groups,
      projects,
      keys,
      endpoints,
      qrLogos: new QrLogoService(database),
      reactions,
      vapidPublicKey: vapid.publicKey,
      invitations,
      pushServices: { added: config.pushServices, allowPrivate: config.allowPrivateTargets },
      sendsMail: config.mailServer !== undefined,
      guesses,
      statistics,
      reserved,
      domainAliases: config.domainAliases,
      clientAddress,
      bit2connectRateLimit: config.bit2connectRateLimit,
      vivoldiRateLimit: config.vivoldiRateLimit,
      logger,
      async authenticate(key) {
        if (key !== undefined && sameSecret(key, controlToken)) {
          return { projectId: project.id, scopes: ['*'], apps: null, expiresAt: null, actor: 'cli' };
        }
        const found = await keys.authenticate(key, Date.now());
        const { projectId, scopes, apps, expiresAt, publicId } = found;
        return { projectId, scopes, apps, expiresAt, actor: `key:${publicId}` };
      },
      async targetOf(domainId, code) {
        try {
          return await directory.find(domainId, code);
        } catch (error) {
          if (!(error instanceof NotKnownNow)) throw error;
          throw new Failure('unavailable', 'The link cannot be looked up now; try again in a moment.');
        }
      },
      slotsUsed: (linkIds) => loadSlotsUsed(database.read, linkIds),
      async slotsTaken(linkId) {
        try {
          return await within(COUNT_PATIENCE_MS, Promise.resolve(slots.taken(linkId)));
        } catch (error) {
          if (!(error instanceof TimedOut)) throw error;
          throw new Failure(
            'unavailable',
            'The clicks of the link are still being counted; try again in a moment.',
          );
        }
      },
      live,
      visitorPseudonyms: (projectId) => visitorPseudonyms(pseudonymSecret, projectId),
      readiness: () => checkReadiness(store, pipeline),
      meter,
      metrics,
      isMetricsToken: (token) => config.metricsToken !== undefined && sameSecret(token, config.metricsToken),
      isControlToken: (token) => sameSecret(token, controlToken),
      rebuildStatistics: (dryRun, onProgress) => pipeline.rebuildStatistics(dryRun, onProgress),
      reportHealth: () =>
        reportHealth({
          publicUrl,
          store,
          pipeline,
          directory,
          loopDelay,
          proxies,
          sendsMail: config.mailServer !== undefined,
        }),
    };
    const server = await buildHttpServer(context, (request, response) => visits.handle(request, response));
    disposals.push(() => closeServer(server));
    // Before the server closes: it waits for every answer that has begun.
    disposals.push(() => live.close());
    disposals.push(() => statistics.stop());

    const housekeeping = new Housekeeping(database, links, groups, logger);
    housekeeping.start();
    disposals.push(() => housekeeping.stop());

    return { server, publicUrl, controlToken, keys, firstKey, failure, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface SetUpParts {
  readonly projects: ProjectService;
  readonly domainService: DomainService;
  readonly keys: KeyService;
}

/** What an empty database needs before it can serve. Several processes may start on it at once. */
async function setUp(
  config: Config,
  publicUrl: string,
  { database }: Store,
  { projects, domainService, keys }: SetUpParts,
): Promise<string | undefined> {
  await database.transact('system', async (tx) => {
    await database.takeTurn(tx);
    await projects.ensureDefault(tx, config);
    await domainService.ensureDefault(tx, new URL(publicUrl).host);
  });
  const { id } = await projects.loadDefault();
  return await database.transact('system', async (tx) => {
    await database.takeTurn(tx);
    if (config.bootstrapApiKey) {
      await keys.ensureBootstrap(tx, id, config.bootstrapApiKey);
      return undefined;
    }
    if (await keys.any(tx)) return undefined;
    const { secret } = await keys.create(tx, {
      projectId: id,
      name: 'first key',
      scopes: ['*'],
      expiresAt: null,
    });
    return secret;
  });
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

interface Followers {
  readonly hosts: KnownHosts;
  readonly knownApps: KnownApps;
  readonly associations: AssociationFiles;
  readonly directory: VisitDirectory;
  readonly slots: Slots;
  readonly keys: KeyService;
  readonly statistics: StatisticsService;
  readonly reactions: Reactions;
  readonly domains: DomainDirectory;
  readonly domainService: DomainService;
  readonly logger: Logger;
}

/** Brings everything in memory up to date with an edit, whoever made it. */
function follower({
  hosts,
  knownApps,
  associations,
  directory,
  slots,
  keys,
  statistics,
  reactions,
  domains,
  domainService,
  logger,
}: Followers) {
  return async (changes: readonly Change[]): Promise<void> => {
    directory.follow(changes);
    hosts.follow(changes);
    knownApps.follow(changes);
    associations.follow(changes);
    statistics.follow(changes);
    reactions.follow(changes);
    for (const { entity, entityId } of changes) {
      if (entity === 'link') slots.forget(entityId);
      if (entity === 'group') slots.forgetAll();
    }
    if (changes.some(({ entity }) => entity === 'api-key')) keys.forget();
    if (changes.some(({ entity }) => entity === 'domain')) {
      await domainService.loadAll().then(
        (all) => domains.replace(all),
        (error: unknown) => logger.error({ err: error }, 'the domains could not be read again'),
      );
    }
  };
}

function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(hashApiKey(given)), Buffer.from(hashApiKey(expected)));
}

/**
 * Stops accepting and lets what has begun finish. Kept connections are asked to close with their next answer and left
 * open for a moment: the next request of a busy one is on its way already, and would be cut off.
 */
async function closeServer(server: FastifyInstance): Promise<void> {
  const http = server.server;
  http.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false;
  });
  // Not its own `close`, which also closes what looks idle.
  NetServer.prototype.close.call(http);
  const graceUntil = performance.now() + CLOSE_GRACE_MS;
  while (performance.now() < graceUntil && (await connectionsOf(http)) > 0)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const idle = setInterval(() => server.server.closeIdleConnections(), 50);
  const impatient = setTimeout(() => server.server.closeAllConnections(), CLOSE_PATIENCE_MS);
  await server.close();
  clearInterval(idle);
  clearTimeout(impatient);
}

function connectionsOf(http: FastifyInstance['server']): Promise<number> {
  return new Promise((resolve) => http.getConnections((error, count) => resolve(error ? 0 : count)));
}
