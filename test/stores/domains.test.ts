import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DomainDirectory } from '../../src/links/domain-directory.ts';
import { LongLinkStandIns } from '../../src/links/long-link-stand-ins.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('domains on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  const create = (host: string, pathPrefix = '', projectId = bench.project.id) =>
    bench.transact((tx) => bench.domains.create(tx, { projectId, host, pathPrefix }));
  const remove = (publicId: string, projectId = bench.project.id) =>
    bench.transact((tx) => bench.domains.delete(tx, projectId, publicId));
  const ensureDefault = (host: string) =>
    bench.database.transact('system', async (tx) => {
      await bench.database.takeTurn(tx);
      await bench.domains.ensureDefault(tx, host);
    });
  const defaults = async () => (await bench.domains.loadAll()).filter(({ isDefault }) => isDefault);

  test('a domain is one host and prefix, whatever the case, and whoever asks', async () => {
    const stranger = await bench.createProject();
    expect(await create('Go.Example.com')).toMatchObject({ host: 'go.example.com', pathPrefix: '' });
    await expect(create('go.example.COM')).rejects.toMatchObject({ code: 'conflict' });
    await expect(create('go.example.com', '', stranger)).rejects.toMatchObject({ code: 'conflict' });
    await create('go.example.com', 'share');
    await create('go.example.com:8443');
  });

  test('of twenty that want one host at the same time, exactly one gets it', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => create('one.example.com')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    }
  });

  test.each([
    '',
    'https://a.b',
    'a b.com',
    'a/b',
    '-a.com',
    'a..b',
    'a.com:x',
    'ä_b.com',
    `${'a'.repeat(64)}.com`,
  ])('a host may not be "%s"', async (host) => {
    await expect(create(host)).rejects.toMatchObject({ code: 'invalid', fields: [{ field: 'host' }] });
  });

  test.each(['/', 'a/', '/a', 'a//b', 'a b', '../a', 'a/b/c/d/e'])(
    'a prefix may not be "%s"',
    async (prefix) => {
      const refusal = { code: 'invalid', fields: [{ field: 'pathPrefix' }] };
      await expect(create('prefix.example.com', prefix)).rejects.toMatchObject(refusal);
    },
  );

  test('a project sees its own domains and the default one', async () => {
    const stranger = await bench.createProject('Seeing');
    const mine = await create('mine.example.com');
    const theirs = await create('theirs.example.com', '', stranger);
    const seen = (await bench.domains.list(stranger)).map(({ publicId }) => publicId);
    expect(seen).toEqual([bench.domain.publicId, theirs.publicId]);
    await expect(bench.domains.load(stranger, mine.publicId)).rejects.toMatchObject({ code: 'not-found' });
    await expect(remove(mine.publicId, stranger)).rejects.toMatchObject({ code: 'not-found' });
    expect(await bench.domains.load(stranger, bench.domain.publicId)).toEqual(bench.domain);
  });

  test('a domain with links stays; without, it goes and its host is free again', async () => {
    const domain = await create('leaving.example.com');
    const link = await bench.createLink({ domainId: domain.id });
    await expect(remove(domain.publicId)).rejects.toMatchObject({ code: 'conflict' });
    await bench.deleteLink(link);
    await remove(domain.publicId);
    await expect(remove(domain.publicId)).rejects.toMatchObject({ code: 'not-found' });
    expect((await create('leaving.example.com')).publicId).not.toBe(domain.publicId);
  });

  test('a domain that is deleted while links are made on it keeps them, or never gets them', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const domain = await create(`race-${index}.test`);
        const [made, gone] = await Promise.allSettled([
          bench.createLink({ domainId: domain.id }),
          bench.transact((tx) => bench.domains.delete(tx, bench.project.id, domain.publicId)),
        ]);
        return [made.status, gone.status];
      }),
    );
    for (const [made, gone] of outcomes) expect([made, gone].toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('a domain takes the link along that stands for its long links, unless it has others', async () => {
    const domain = await create('standing.example.com');
    const standIns = new LongLinkStandIns(
      bench.database,
      bench.links,
      new DomainDirectory('http://localhost:8080', [bench.domain, domain]),
      bench.project.id,
    );
    const code = await standIns.codeFor(domain);
    const find = () => bench.links.findByCode(bench.project.id, domain.id, code);
    const removeAll = (projectId = bench.project.id) =>
      bench.transact(async (tx) => {
        await bench.links.deleteStandIn(tx, projectId, domain.publicId);
        await bench.domains.delete(tx, projectId, domain.publicId);
      });
    const link = await bench.createLink({ domainId: domain.id });
    await expect(removeAll()).rejects.toMatchObject({ code: 'conflict' });
    const stranger = await bench.createProject('Standing by');
    await expect(removeAll(stranger)).rejects.toMatchObject({ code: 'not-found' });
    expect(await find()).toMatchObject({ code });
    await bench.deleteLink(link);
    await removeAll();
    expect(await find()).toBeUndefined();
    await expect(bench.domains.load(bench.project.id, domain.publicId)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('a domain that is deleted while its stand-in is made keeps it, or never gets it', async () => {
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const domain = await create(`standing-${index}.test`);
        const directory = new DomainDirectory('http://localhost:8080', [bench.domain, domain]);
        const standIns = new LongLinkStandIns(bench.database, bench.links, directory, bench.project.id);
        const [made, gone] = await Promise.allSettled([
          standIns.codeFor(domain),
          bench.transact(async (tx) => {
            await bench.links.deleteStandIn(tx, bench.project.id, domain.publicId);
            await bench.domains.delete(tx, bench.project.id, domain.publicId);
          }),
        ]);
        const code = made.status === 'fulfilled' ? made.value : '';
        const link = code && (await bench.links.findByCode(bench.project.id, domain.id, code));
        // Gone: so is its link. Still there: so is its link.
        expect(link ? 'there' : 'gone').toBe(gone.status === 'rejected' ? 'there' : 'gone');
      }),
    );
  });

  test('nobody deletes the default domain', async () => {
    await expect(remove(bench.domain.publicId)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('the default domain follows the host it is given, is written only when that changes, and is one', async () => {
    const [before] = await defaults();
    await ensureDefault('links.example.org');
    expect(await defaults()).toMatchObject([
      { publicId: before?.publicId, host: 'links.example.org', version: (before?.version ?? 0) + 1 },
    ]);
    const [changed] = await defaults();
    await ensureDefault('links.example.org');
    expect(await defaults()).toEqual([changed]);
    await create('taken.example.org');
    await expect(ensureDefault('taken.example.org')).rejects.toMatchObject({ code: 'conflict' });
    expect(await defaults()).toEqual([changed]);
  });
});

describe.each(ENGINES)('the first start on $name', (engine) => {
  test('of several processes at once makes one project and one default domain', async () => {
    const first = await Workbench.open(engine);
    // SQLite has one process; there, the others are later starts.
    const others = await Promise.all(Array.from({ length: 4 }, () => first.another()));
    for (const other of others) {
      expect(other.project).toEqual(first.project);
      expect(other.domain).toEqual(first.domain);
    }
    await Promise.all(others.map((other) => other.close()));
    await first.close();
  });
});
