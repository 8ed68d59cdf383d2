import { entriesOf } from '../api/native/transfer-entry.ts';
import { type ExportFormat, exportText } from '../api/native/transfer-format.ts';
import { loadSlotsUsed } from '../clicks/slot-store.ts';
import type { Config } from '../config/config.ts';
import type { Store } from '../db/open.ts';
import { Failure } from '../errors.ts';
import { DomainDirectory } from '../links/domain-directory.ts';
import type { DomainService } from '../links/domain-service.ts';
import { prepareLogo } from '../qr/logo-picture.ts';
import { type ImportTarget, Overtaken } from '../transfer/import-file.ts';
import { ImportService } from '../transfer/import-service.ts';
import { buildCoreServices } from './core-services.ts';
import { ingestRest } from './offline-ingest.ts';

/** What moves links in and out of a store while nobody serves from it. */
export interface OfflineTransfer extends ImportTarget {
  /**
   * Before an export: clicks that a killed server has left in its journal are in the tables then.
   *
   * @returns how many they were
   * @throws ConfigError when they cannot be brought there
   */
  ingestRest(): Promise<number>;
  exportText(format: ExportFormat, secrets: boolean): AsyncGenerator<string>;
}

/** Nobody waits behind a batch here, so it is large enough for its transaction to cost little. */
const ROWS_PER_BATCH = 5_000;
/** As many as Node's pool has threads. */
const HASHED_AT_ONCE = 4;

/**
 * Makes the default project and domain, where there was no first start yet. A default domain that is there stays as it
 * is: `PUBLIC_URL` may be set for the server alone. Where it is set here too, short URLs are shown as the server will
 * have them.
 */
export async function openOfflineTransfer(store: Store, config: Config): Promise<OfflineTransfer> {
  const { database } = store;
  const core = buildCoreServices(database, config.allowPrivateTargets);
  const { projects, domainService: domains, groups, apps, links } = core;
  const local = `http://localhost:${config.port}`;
  await database.transact('system', async (tx) => {
    await database.takeTurn(tx);
    await projects.ensureDefault(tx, config);
    const hasDefault = (await domains.loadAll()).some(({ isDefault }) => isDefault);
    if (!hasDefault) await domains.ensureDefault(tx, new URL(config.publicUrl ?? local).host);
  });
  const storedHost = await defaultHost(domains);
  // Without `PUBLIC_URL` nothing says here what the server is called, but what it was called when it last ran.
  const isTold = config.publicUrl !== undefined && config.publicUrl !== local;
  const publicUrl = isTold ? config.publicUrl : `http://${storedHost}`;
  const { id: projectId } = await projects.loadDefault();
  const imports = new ImportService(database, {
    ...core,
    ...{ domains, publicUrl },
    domainAliases: [...config.domainAliases, storedHost],
  });
  const tools = { links, prepareLogo };
  return {
    rowsPerBatch: ROWS_PER_BATCH,
    findRun: (name) => imports.findRun(projectId, name),
    listDomains: async () => [
      ...(await domains.list(projectId)),
      { host: new URL(publicUrl).host, pathPrefix: '' },
    ],
    async take({ rows, before, onConflict, group, dryRun, run }) {
      const [entries, earlier] = [
        await entriesOf(tools, rows, dryRun, HASHED_AT_ONCE),
        await entriesOf(tools, before, dryRun, HASHED_AT_ONCE),
      ];
      const options = { onConflict, group };
      const request = { entries, before: earlier, options, dryRun, run };
      const answer = await imports.take('cli', projectId, request).catch((error: unknown) => {
        if (error instanceof Failure && error.code === 'conflict') throw new Overtaken();
        throw error;
      });
      return { outcomes: answer.outcomes, stop: answer.stop ?? null };
    },
    ingestRest() {
      const isKnown = isTold || storedHost === new URL(local).host;
      return ingestRest(store, config, isKnown ? publicUrl : undefined);
    },
    async *exportText(format, secrets) {
      const directory = new DomainDirectory(publicUrl, await domains.loadAll());
      const services = { domains: directory, domainService: domains, groups, apps, links, projects };
      const slotsUsed = (linkIds: readonly number[]) => loadSlotsUsed(database.read, linkIds);
      yield* exportText({ ...services, database, slotsUsed }, projectId, { format, secrets });
    },
  };
}

async function defaultHost(domains: DomainService): Promise<string> {
  const found = (await domains.loadAll()).find(({ isDefault }) => isDefault);
  if (!found) throw new Error('there is no default domain');
  return found.host;
}
