import { GeoDatabaseUnusable, openGeoDatabase } from '../clicks/ingest/geo-database.ts';
import { type Config, ConfigError } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';

/**
 * Ingest opens the database of countries in its own thread. Here it is only tried, so that a file that cannot be used
 * stops the start, and not the first click.
 *
 * @throws ConfigError
 */
export function checkGeoDatabase({ geoDatabase }: Config, logger: Logger): void {
  try {
    const geo = openGeoDatabase(geoDatabase);
    if (!geo && geoDatabase !== 'none') {
      logger.warn('the packaged database of countries is not installed: clicks will have no country');
    }
  } catch (error) {
    throw error instanceof GeoDatabaseUnusable ? new ConfigError(error.message) : error;
  }
}
