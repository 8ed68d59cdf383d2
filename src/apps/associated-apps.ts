import type { Database } from '../db/database.ts';
import type { Platform } from '../links/link-app.ts';

/** By what an operating system knows a saved app, and what proves that it is the one. */
export interface AssociatedApp {
  readonly projectId: number;
  readonly platform: Platform;
  /** iOS bundle id or Android package name. */
  readonly identifier: string;
  readonly teamId: string | null;
  /** `AA:BB:…`, in capitals. */
  readonly sha256CertFingerprints: readonly string[];
}

/** More than any file about them can hold. */
const MOST_APPS = 5_000;

/** The saved apps of some projects, or of all; the oldest first. */
export async function listAssociatedApps(
  database: Database,
  projectIds: readonly number[] | 'all',
): Promise<AssociatedApp[]> {
  let rows = database.read
    .selectFrom('app')
    .select(['project_id', 'platform', 'identifier', 'team_id', 'sha256_fingerprints'])
    .where('deleted_at', 'is', null);
  if (projectIds !== 'all') rows = rows.where('project_id', 'in', [...projectIds]);
  const found = await rows.orderBy('id').limit(MOST_APPS).execute();
  return found.map((row) => ({
    projectId: row.project_id,
    platform: row.platform as Platform,
    identifier: row.identifier,
    teamId: row.team_id,
    sha256CertFingerprints: JSON.parse(row.sha256_fingerprints),
  }));
}
