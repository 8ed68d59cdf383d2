import { ensureInstanceSecret } from '../../accounts/instance-secret.ts';
import { Failure } from '../../errors.ts';
import { loadLinkNames } from '../../links/link-names.ts';
import { secretMatches } from '../../links/secret-hash.ts';
import { throttled } from '../../observability/throttle.ts';
import { UnlockCookies } from '../../visits/unlock-cookie.ts';
import type { ApiContext } from '../api-context.ts';
import { PageDirectory } from './page-directory.ts';
import { PageGuard } from './page-guard.ts';
import { StatisticsPages } from './statistics-pages.ts';

/** The statistics pages over what the surfaces are given. Needs the database for its secrets. */
export async function openStatisticsPages(context: ApiContext): Promise<StatisticsPages> {
  const { database, domains, reserved, projects, statistics, guesses, clientAddress, logger } = context;
  return new StatisticsPages({
    directory: new PageDirectory(database, domains),
    domains,
    reserved,
    guard: new PageGuard({
      guesses,
      cookies: new UnlockCookies(
        await ensureInstanceSecret(database, 'statistics-page-secret-1'),
        domains.shortUrl(domains.default.id, '').startsWith('https:'),
      ),
      matches: secretMatches,
    }),
    projects,
    statistics,
    linkNames: (projectId, ids) => loadLinkNames(database.read, projectId, ids),
    clientAddress,
    onTrouble: throttled(1_000, (error: unknown, times) => {
      if (isNotNow(error) || database.isUnavailable(error)) {
        logger.warn({ reason: String(error), times }, 'statistics pages could not be shown');
      } else logger.error({ err: error, times }, 'statistics pages failed');
    }),
  });
}

/** Statistics that cannot be asked for the moment, and no defect. */
function isNotNow(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'busy' || error.code === 'unavailable');
}
