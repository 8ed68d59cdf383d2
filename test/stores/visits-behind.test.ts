import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { within } from '../../src/app/within.ts';
import {
  kyselyOver,
  openPostgresPool,
  type PostgresOptions,
  postgresClient,
} from '../../src/db/dialects/postgres.ts';
import { PostgresChangeFeed } from '../../src/db/dialects/postgres-change-feed.ts';
import type { ConfigTables } from '../../src/db/tables/config-tables.ts';
import type { Group } from '../../src/links/group.ts';
import { prepareGroup } from '../../src/links/group-input.ts';
import { LinkLookup } from '../../src/links/link-lookup.ts';
import { prepareSettings } from '../../src/links/settings-change.ts';
import { VisitDirectory, type Within } from '../../src/visits/visit-directory.ts';
import { POSTGRES, runs } from '../support/engines.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

/** A node whose feed hears nothing, while the database answers it, and another node that edits. */
describe.runIf(runs(POSTGRES))('visits of a node that does not hear of edits, on PostgreSQL', () => {
  let editor: Workbench;
  let node: Workbench;
  let proxy: TcpProxy;
  let feed: PostgresChangeFeed;
  let feedDb: ReturnType<typeof kyselyOver<ConfigTables>>;
  let lookup: LinkLookup;
  let directory: VisitDirectory;

  beforeAll(async () => {
    editor = await Workbench.open(POSTGRES);
    node = await editor.another();
    const { database } = editor.location;
    if (database.engine !== 'postgres') throw new Error('this suite is about PostgreSQL');
    proxy = await TcpProxy.open(database.url);
    const options: PostgresOptions = {
      url: proxy.through(database.url),
      poolSize: 1,
      connectTimeoutMs: 1_000,
      queryTimeoutMs: 1_000,
    };
    feedDb = kyselyOver<ConfigTables>(openPostgresPool(options));
    feed = new PostgresChangeFeed(feedDb, () => postgresClient(options));
    // Of a busy machine more patience is asked than of one that serves people.
    const patiently: Within = (timeoutMs, work) => within(20 * timeoutMs, work);
    lookup = new LinkLookup(node.database);
    directory = new VisitDirectory(lookup, 100, () => feed.current, patiently);
    await feed.start((changes) => directory.follow(changes));
  });
  afterAll(async () => {
    await proxy.close();
    await feed.stop();
    await feedDb.destroy();
    await node.close();
    await editor.close();
  });

  async function pause({ publicId }: Group, paused: boolean): Promise<void> {
    const prepared = { ...(await prepareGroup({})), settings: await prepareSettings({ paused }, 'group') };
    await editor.transact((tx) => editor.groups.update(tx, editor.project.id, publicId, prepared, undefined));
  }

  const visit = async (code: string) => await directory.find(editor.domain.id, code);
  const behind = () => until(() => !feed.current, 'the feed is behind', 5_000);

  test('follow a switched group at once, find what was just made, and call only that unknown which is', async () => {
    const group = await editor.createGroup('switched');
    await editor.createLink({ code: 'known', groupId: group.publicId });
    await until(() => feed.current, 'the feed runs');
    expect((await visit('known')).group?.settings.paused).toBeUndefined();
    expect((await visit('made-later')).link).toBeUndefined();

    await proxy.stall();
    await behind();
    await pause(group, true);
    await editor.createLink({ code: 'made-later', destination: 'https://example.com/later' });
    expect((await visit('known')).group?.settings.paused).toBe(true);
    expect((await visit('made-later')).link?.destination).toBe('https://example.com/later');
    expect((await visit('never-made')).link).toBeUndefined();

    // Nothing was read again since: it is the feed that tells, as soon as it is heard.
    await pause(group, false);
    await proxy.pass();
    await until(() => feed.current, 'the feed is heard again', 6_000);
    expect((await visit('known')).group?.settings.paused).toBe(false);
  });

  test('do not ask for the same link at the same time, however many there are', async () => {
    await editor.createLink({ code: 'hot' });
    await visit('hot');
    await proxy.stall();
    await behind();
    const asked = vi.spyOn(lookup, 'findLink');
    const found = await Promise.all(Array.from({ length: 5_000 }, () => visit('hot')));
    expect(found.every(({ link }) => link?.destination === 'https://example.com/')).toBe(true);
    expect(asked.mock.calls.length, 'a question or two, not thousands').toBeLessThan(5);
    await proxy.pass();
    await until(() => feed.current, 'the feed is heard again', 6_000);
  });
});
