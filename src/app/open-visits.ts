import { ensureInstanceSecret } from '../accounts/instance-secret.ts';
import type { DeferredService } from '../deeplinks/deferred/deferred-service.ts';
import { GuessLimit } from '../links/guess-limit.ts';
import { LinkFactsLookup } from '../links/link-facts-lookup.ts';
import { LongLinkStandIns } from '../links/long-link-stand-ins.ts';
import { secretMatches } from '../links/secret-hash.ts';
import { throttled } from '../observability/throttle.ts';
import { AppVisits } from '../visits/app-visits.ts';
import { LongLinks } from '../visits/long-links.ts';
import { Passwords } from '../visits/passwords.ts';
import { UnlockCookies } from '../visits/unlock-cookie.ts';
import { VisitHandler } from '../visits/visit-handler.ts';
import { buildDeferred } from './build-deferred.ts';
import type { Opening } from './opening.ts';
import type { Parts } from './parts.ts';
import { TimedOut, within } from './within.ts';

/** A password waits this long for its guess to be counted; after that it answers 503. */
const GUESS_PATIENCE_MS = 2_000;

/** Visits of short links: of browsers, of apps, and of apps that were installed because of one. */
export interface Visits {
  readonly handler: VisitHandler;
  readonly appVisits: AppVisits;
  readonly deferred: DeferredService;
  readonly longLinks: LongLinks;
  readonly guesses: GuessLimit;
}

/** @param projectId of the default project */
export async function openVisits(
  { config, publicUrl, logger }: Opening,
  parts: Omit<Parts, 'visits'>,
  projectId: number,
): Promise<Visits> {
  const { store, services, memory, clicks, reactions, instruments } = parts;
  const { database } = store;
  const { directory, domains, hosts, knownApps } = memory;
  const { slots, pipeline: journal } = clicks;
  const { clientAddress } = instruments;
  const standIns = new LongLinkStandIns(database, services.links, domains, projectId);
  const longLinks = new LongLinks({ directory, domains, hosts, apps: knownApps, standIns });
  const guesses = new GuessLimit({
    database,
    secret: await ensureInstanceSecret(database, 'guess-secret-1'),
    soon: (work) => within(GUESS_PATIENCE_MS, work),
  });
  const unlockSecret = await ensureInstanceSecret(database, 'unlock-secret-1');
  const cookies = new UnlockCookies(unlockSecret, publicUrl.startsWith('https:'));
  const passwords = new Passwords({ guesses, cookies, matches: secretMatches });
  const handler = new VisitHandler(
    {
      directory,
      domains,
      reserved: services.reserved,
      slots,
      journal,
      clientAddress,
      longLinks,
      passwords,
      invitations: reactions.invitations,
      pages: services.previews,
      onTrouble: throttled(1_000, (error: unknown, times) => {
        if (error instanceof TimedOut || database.isUnavailable(error)) {
          logger.warn({ reason: String(error), times }, 'visits could not be looked up');
        } else logger.error({ err: error, times }, 'visits failed');
      }),
    },
    instruments.visitMeter,
  );
  const facts = new LinkFactsLookup(database);
  const appVisits = new AppVisits({
    directory,
    domains,
    domainAliases: config.domainAliases,
    slots,
    journal,
    longLinks,
    factsOf: (linkId) => facts.find(linkId),
  });
  const deferred = buildDeferred(parts, appVisits);
  return { handler, appVisits, deferred, longLinks, guesses };
}
