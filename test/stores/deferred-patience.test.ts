import { createSecretKey, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickFlag, type ClickRecord } from '../../src/clicks/click-record.ts';
import { appEventTalliesOf } from '../../src/clicks/ingest/app-event-tallies.ts';
import { DatabaseIngestStore } from '../../src/clicks/ingest/database-ingest-store.ts';
import { clicksBeforeApps } from '../../src/clicks/ingest/deferred-clicks.ts';
import { Dictionary } from '../../src/clicks/ingest/dictionary.ts';
import { enrich } from '../../src/clicks/ingest/enrich.ts';
import { countersOf } from '../../src/clicks/ingest/link-counts.ts';
import { clickRecord } from '../../src/clicks/testing/click-records.ts';
import type { BatchWriter } from '../../src/db/batch-writer.ts';
import { openBatchWriter } from '../../src/db/open.ts';
import { claimDeferred } from '../../src/deeplinks/deferred/deferred-claim.ts';
import {
  type DeferredParts,
  type DeferredQuestion,
  DeferredService,
  type LinkFollower,
} from '../../src/deeplinks/deferred/deferred-service.ts';
import { DeferredStore } from '../../src/deeplinks/deferred/deferred-store.ts';
import { newClickId } from '../../src/visits/click-id.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const SECRET = '00'.repeat(32);
const KEY = createSecretKey(Buffer.from(SECRET, 'hex'));
const ADDRESS = '198.51.100.7';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

const LINK = {
  ...{ id: 'lnk_1', code: 'sale', shortUrl: 'https://go.example/sale', deepLink: 'https://example.com/' },
  ...{ path: '/', parameters: {}, campaign: {}, minVersion: null, storeUrl: null },
  ...{ webUrl: 'https://example.com/', customData: {} },
};
/** Every link is open, and leads to one place. */
const ALWAYS_OPEN: LinkFollower = {
  followClick: async () => ({ outcome: 'opened', link: LINK, note: async () => {} }),
  isShortUrl: () => false,
  lookUrl: async () => 'unknown',
  openUrl: async () => ({ outcome: 'unknown' }),
};

/** What another process has in its journal comes into the tables while an app waits for its answer. */
describe.each(ENGINES)('an app that asks before another node has counted its click, on $name', (engine) => {
  let bench: Workbench;
  let writer: BatchWriter;
  let ingest: DatabaseIngestStore;
  let linkId: number;
  let segments = 0;

  beforeAll(async () => {
    bench = await Workbench.open(engine);
    writer = openBatchWriter(bench.location);
    ingest = new DatabaseIngestStore(writer, 'http://localhost:8080', new Dictionary(), KEY);
    linkId = (await bench.createLink()).id;
  });
  afterAll(async () => {
    await writer.close();
    await bench.close();
  });

  const clicked = (): ClickRecord =>
    clickRecord({
      id: newClickId(Date.now()),
      ...{ linkId, flags: ClickFlag.towardsApp, userAgent: IPHONE, address: ADDRESS, at: Date.now() },
      app: { platform: 'ios', query: '', unlocked: null },
    });
  const count = async (record: ClickRecord) => {
    segments += 1;
    await ingest.commit({
      fromOffset: 0,
      to: { uuid: `patience-${segments}`, sequence: segments, offset: 64, records: 1, finishedAt: null },
      clicks: [enrich(record, { secret: KEY, geo: undefined })],
      counts: countersOf([record]),
      appEvents: appEventTalliesOf([record]),
      beforeApps: clicksBeforeApps([record]),
    });
  };
  const question = (more: Partial<DeferredQuestion> = {}): DeferredQuestion => ({
    ...{ projectId: bench.project.id, platform: 'ios', deviceId: randomUUID(), osVersion: '17.5' },
    ...{ language: '', installReferrer: null, clickId: null, clipboardUrl: null, apps: null },
    ...{ address: ADDRESS, userAgent: undefined, at: Date.now() },
    ...more,
  });
  const service = (othersCatchUp: DeferredParts['othersCatchUp'], fingerprintMatching = true) =>
    new DeferredService({
      store: new DeferredStore(bench.database),
      secret: SECRET,
      claim: (claim) => claimDeferred(writer, claim),
      links: ALWAYS_OPEN,
      settingsOf: async () => ({ windowMs: 86_400_000, fingerprintMatching }),
      catchUp: async () => true,
      othersCatchUp,
    });

  test('is told of a likeness in the same answer', async () => {
    let waits = 0;
    const click = clicked();
    const other = service(async () => {
      waits += 1;
      await count(click);
    });
    expect(await other.resolve(question())).toMatchObject({ clickId: click.id, method: 'fingerprint' });
    expect(waits).toBe(1);
    // What is there already is told at once.
    const next = clicked();
    await count(next);
    expect(await other.resolve(question())).toMatchObject({ clickId: next.id });
    expect(waits).toBe(1);
  });

  test('is told of a click that it names in the same answer, and of one that never comes to ask again', async () => {
    const click = clicked();
    const named = question({ clickId: click.id, address: '203.0.113.1' });
    expect(await service(() => count(click)).resolve(named)).toMatchObject({
      clickId: click.id,
      method: 'clipboard',
    });
    const lost = question({ clickId: clicked().id, address: '203.0.113.1' });
    await expect(service(async () => {}).resolve(lost)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(service(null).resolve(lost)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('waits for nobody where there are no other nodes, or likenesses are not asked for', async () => {
    const never = async () => {
      throw new Error('nobody is waited for');
    };
    const stranger = () => question({ address: '203.0.113.2' });
    expect(await service(null).resolve(stranger())).toBeNull();
    expect(await service(never, false).resolve(stranger())).toBeNull();
  });
});
