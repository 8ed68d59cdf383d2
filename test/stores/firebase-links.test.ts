import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FirebaseLink, readFirebaseLink } from '../../src/deeplinks/firebase/firebase-link.ts';
import { ShortLinkService } from '../../src/deeplinks/firebase/short-link-service.ts';
import { generateSuffix } from '../../src/deeplinks/firebase/suffix.ts';
import { ReservedSegments } from '../../src/links/code.ts';
import { DomainDirectory } from '../../src/links/domain-directory.ts';
import { KnownHosts } from '../../src/links/known-hosts.ts';
import { LongLinkStandIns } from '../../src/links/long-link-stand-ins.ts';
import { prepareSettings } from '../../src/links/settings-change.ts';
import { ENGINES } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('homes for Firebase links on $name', (engine) => {
  let here: Workbench;
  let there: Workbench;
  beforeAll(async () => {
    here = await Workbench.open(engine);
    there = await here.another();
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const standInsOf = ({ database, links, domain, project }: Workbench) =>
    new LongLinkStandIns(database, links, new DomainDirectory('http://localhost:8080', [domain]), project.id);
  const shortLinksOf = ({ database, links }: Workbench) =>
    new ShortLinkService(database, links, new ReservedSegments());

  test('of long links visited in two processes at once, a domain gets one stand-in', async () => {
    const processes = [standInsOf(here), standInsOf(there), standInsOf(here), standInsOf(there)];
    const codes = await Promise.all(
      Array.from({ length: 40 }, (_, n) => processes[n % 4]?.codeFor(here.domain)),
    );
    expect(new Set(codes).size).toBe(1);
    const [code = ''] = codes;
    const found = await here.links.list({ projectId: here.project.id, limit: 100 });
    const standIns = found.filter(({ title }) => title === 'Firebase long links');
    expect(standIns).toMatchObject([
      { code, source: 'firebase', route: { destination: 'http://localhost:8080/' } },
    ]);
    expect(await standInsOf(there).codeFor(here.domain)).toBe(code);
  });

  test('the same is asked for in two processes at once and made once', async () => {
    const link = readFirebaseLink({ link: 'https://www.example.com/once' }).link as FirebaseLink;
    const wanted = {
      projectId: here.project.id,
      domain: here.domain,
      link,
      memo: '',
      suffix: 'SHORT',
    } as const;
    const processes = [shortLinksOf(here), shortLinksOf(there)];
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, n) => processes[n % 2]?.findOrCreate('key:test', wanted)),
    );
    expect(new Set(made.map((one) => one?.code)).size).toBe(1);
    const total = await here.links.total({ projectId: here.project.id, destination: link.destination });
    expect(total).toBe(1);
  });

  test('a chosen code that is taken is refused; where short ones are taken, longer ones are tried', async () => {
    const link = (path: string) =>
      readFirebaseLink({ link: `https://www.example.com/${path}` }).link as FirebaseLink;
    const [taken] = await here.createLinks([{ destination: 'https://www.example.com/', code: 'used' }]);
    const wanted = { projectId: here.project.id, domain: here.domain, memo: '' };
    const custom = { ...wanted, link: link('custom'), suffix: { custom: 'used' } };
    await expect(shortLinksOf(here).findOrCreate('key:test', custom)).rejects.toMatchObject({
      code: 'code-taken',
    });
    expect(taken?.code).toBe('used');
    const { database, links } = here;
    const reserved = new ReservedSegments();
    const crowded = new ShortLinkService(database, links, reserved, (option, tries, isReserved) => {
      const suffix = generateSuffix(option, tries, isReserved);
      return suffix.length === 4 ? 'used' : suffix;
    });
    const short = { ...wanted, link: link('short'), suffix: 'SHORT' } as const;
    const { code } = await crowded.findOrCreate('key:test', short);
    expect(code).toMatch(/^[0-9A-Za-z]{5}$/);
    expect((await shortLinksOf(here).findOrCreate('key:test', short)).code).toBe(code);
    // What was begun for the codes that were taken has left nothing behind.
    expect(await links.total({ projectId: here.project.id, destination: short.link.destination })).toBe(1);
  });

  describe('known hosts', () => {
    test('are those of links, stores, domains and the list, of this project alone', async () => {
      const stranger = await here.createProject();
      const hosts = new KnownHosts(here.database);
      const follow = (changes: Parameters<KnownHosts['follow']>[0]) => hosts.follow(changes);
      here.database.onCommit(follow);
      const knows = (host: string, projectId = here.project.id) => hosts.allows(projectId, host);
      expect(await knows('a.known.example')).toBe(false);
      const [link] = await here.createLinks([{ destination: 'https://A.known.example/path' }]);
      expect(await knows('a.known.example')).toBe(true);
      // Remembered: answered at once.
      expect(knows('a.known.example')).toBe(true);
      expect(await knows('a.known.example', stranger)).toBe(false);
      await here.transact((tx) => here.links.delete(tx, here.project.id, link?.publicId ?? '', undefined));
      expect(await knows('a.known.example')).toBe(false);
      await here.transact((tx) =>
        here.projects.update(
          tx,
          here.project.id,
          { allowedHosts: ['list.example', '*.below.example'] },
          undefined,
        ),
      );
      expect(await knows('list.example')).toBe(true);
      expect(await knows('x.list.example')).toBe(false);
      expect(await knows('a.b.below.example')).toBe(true);
      expect(await knows('below.example')).toBe(false);
      expect(await knows('localhost:8080', stranger)).toBe(true);
      expect(await knows('localhost')).toBe(false);
    });

    test('tell of nothing that is paused, over, or behind a password or a day to come', async () => {
      let now = Date.now();
      const hosts = new KnownHosts(
        here.database,
        () => true,
        () => now,
      );
      here.database.onCommit((changes) => hosts.follow(changes));
      const knows = (host: string) => hosts.allows(here.project.id, host);
      const group = await here.createGroup('Closed', { password: 'crocus' });
      const startsAt = now + 5_000;
      const endsAt = now + 10_000;
      await here.createLinks([
        { destination: 'https://own-password.example/', settings: { password: 'crocus' } },
        { destination: 'https://group-password.example/', groupId: group.publicId },
        { destination: 'https://tomorrow.example/', settings: { startsAt, endsAt } },
        { destination: 'https://paused.example/', settings: { paused: true } },
        { destination: 'https://both.example/', settings: { password: 'crocus' } },
        { destination: 'https://both.example/open' },
      ]);
      expect(await knows('own-password.example')).toBe(false);
      expect(await knows('group-password.example')).toBe(false);
      expect(await knows('tomorrow.example')).toBe(false);
      expect(await knows('paused.example')).toBe(false);
      expect(await knows('both.example')).toBe(true);
      // To the moment, whoever asked before.
      now = startsAt;
      expect(await knows('tomorrow.example')).toBe(true);
      now = endsAt;
      expect(await knows('tomorrow.example')).toBe(false);
    });

    test('follow the password of a group at once, set here or elsewhere', async () => {
      const now = Date.now();
      const hosts = new KnownHosts(
        here.database,
        () => true,
        () => now,
      );
      here.database.onCommit((changes) => hosts.follow(changes));
      await here.store.feed.start((changes) => hosts.follow(changes));
      const knows = async () => await hosts.allows(here.project.id, 'group.example');
      const group = await here.createGroup('Open');
      await here.createLinks([{ destination: 'https://group.example/', groupId: group.publicId }]);
      const set = async (by: Workbench, password: string | false) => {
        const settings = await prepareSettings({ password }, 'group');
        await by.transact((tx) =>
          by.groups.update(tx, by.project.id, group.publicId, { settings }, undefined),
        );
      };
      expect(await knows()).toBe(true);
      await set(here, 'crocus');
      expect(await knows()).toBe(false);
      await set(here, false);
      expect(await knows()).toBe(true);
      if (engine.name === 'SQLite') return;
      await set(there, 'crocus');
      await until(async () => !(await knows()), 'the password is heard of');
    });

    test('are found behind any number of links that are closed or gone', async () => {
      const hosts = new KnownHosts(here.database);
      const destination = 'https://crowded.example/';
      await here.createLinks([
        ...Array.from({ length: 600 }, () => ({ destination, settings: { paused: true } as const })),
        { destination },
      ]);
      expect(await hosts.allows(here.project.id, 'crowded.example')).toBe(true);
    });

    test('go with a link that is to be deleted by now', async () => {
      let now = Date.now();
      const hosts = new KnownHosts(
        here.database,
        () => true,
        () => now,
      );
      const deleteAt = now + 30_000;
      await here.createLinks([{ destination: 'https://until.example/', deleteAt }]);
      expect(await hosts.allows(here.project.id, 'until.example')).toBe(true);
      now = deleteAt;
      expect(await hosts.allows(here.project.id, 'until.example')).toBe(false);
    });

    test('what was read before a change is not remembered after it', async () => {
      const hosts = new KnownHosts(here.database);
      const asked = hosts.allows(here.project.id, 'fenced.example');
      await here.createLinks([{ destination: 'https://fenced.example/' }]);
      hosts.follow([
        {
          entity: 'link',
          entityId: 1,
          publicId: 'lnk_x',
          projectId: here.project.id,
          action: 'created',
          version: 1,
          data: {},
          codes: [],
        },
      ]);
      await asked;
      expect(await hosts.allows(here.project.id, 'fenced.example')).toBe(true);
    });

    test('while other processes cannot be heard, a no is asked for again', async () => {
      let isCurrent = true;
      const hosts = new KnownHosts(here.database, () => isCurrent);
      expect(await hosts.allows(here.project.id, 'elsewhere.example')).toBe(false);
      await there.createLinks([{ destination: 'https://elsewhere.example/' }]);
      expect(await hosts.allows(here.project.id, 'elsewhere.example')).toBe(false);
      isCurrent = false;
      expect(await hosts.allows(here.project.id, 'elsewhere.example')).toBe(true);
    });
  });
});
