import { ProjectService } from '../accounts/project-service.ts';
import { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import { entriesOf } from '../api/native/transfer-entry.ts';
import { type ExportFormat, exportText } from '../api/native/transfer-format.ts';
import { AppService } from '../apps/app-service.ts';
import { loadSlotsUsed } from '../clicks/slot-store.ts';
import type { Config } from '../config/config.ts';
import type { Store } from '../db/open.ts';
import { ReservedSegments } from '../links/code.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import { DomainService } from '../links/domain-service.ts';
import { GroupService } from '../links/group-service.ts';
import { LinkService } from '../links/link-service.ts';
import type { ImportTarget } from '../transfer/import-file.ts';
import { ImportService } from '../transfer/import-service.ts';

/** What moves links in and out of a store while nobody serves from it. */
export interface OfflineTransfer extends ImportTarget {
  exportText(format: ExportFormat): AsyncGenerator<string>;
}

/** Nobody waits behind a batch here, so it is large enough for its transaction to cost little. */
const ROWS_PER_BATCH = 5_000;

/**
 * Makes the default project and domain, where there was no first start yet. A default domain that is there stays as it
 * is: `PUBLIC_URL` may be set for the server alone.
 */
export async function openOfflineTransfer({ database }: Store, config: Config): Promise<OfflineTransfer> {
  const endpoints = new WebhookEndpointService(database, config.allowPrivateTargets);
  const projects = new ProjectService(database, endpoints);
  const domains = new DomainService(database);
  const groups = new GroupService(database, endpoints);
  const apps = new AppService(database);
  const reserved = new ReservedSegments();
  const links = new LinkService(database, domains, groups, apps, reserved);
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
  await database.transact('system', async (tx) => {
    await database.takeTurn(tx);
    await projects.ensureDefault(tx, config);
    const hasDefault = (await domains.loadAll()).some(({ isDefault }) => isDefault);
    if (!hasDefault) await domains.ensureDefault(tx, new URL(publicUrl).host);
  });
  const { id: projectId } = await projects.loadDefault();
  const imports = new ImportService(database, {
    ...{ domains, groups, apps, links, projects, reserved, publicUrl },
    domainAliases: config.domainAliases,
  });
  return {
    rowsPerBatch: ROWS_PER_BATCH,
    findRun: (name) => imports.findRun(projectId, name),
    async take({ rows, before, onConflict, group, dryRun, run }) {
      const [entries, earlier] = [await entriesOf(links, rows), await entriesOf(links, before)];
      const options = { onConflict, group };
      const answer = await imports.take('cli', projectId, { entries, before: earlier, options, dryRun, run });
      return { outcomes: answer.outcomes, stop: answer.stop ?? null };
    },
    async *exportText(format) {
      const directory = new DomainDirectory(publicUrl, await domains.loadAll());
      const services = { domains: directory, domainService: domains, groups, apps, links, projects };
      const slotsUsed = (linkIds: readonly number[]) => loadSlotsUsed(database.read, linkIds);
      yield* exportText({ ...services, slotsUsed }, projectId, format);
    },
  };
}
