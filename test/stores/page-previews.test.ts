import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageFetch } from '../../src/deeplinks/previews/page-fetch.ts';
import { isOutdated, type TakenPage } from '../../src/deeplinks/previews/page-preview.ts';
import { PagePreviews } from '../../src/deeplinks/previews/page-previews.ts';
import { PreviewStore } from '../../src/deeplinks/previews/preview-store.ts';
import { PreviewWorker } from '../../src/deeplinks/previews/preview-worker.ts';
import { UnusedPreviews } from '../../src/deeplinks/previews/unused-previews.ts';
import { ReservedSegments } from '../../src/links/code.ts';
import { LinkService } from '../../src/links/link-service.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { ScriptedReceiver } from '../support/scripted-receiver.ts';
import { until } from '../support/until.ts';
import { Workbench } from '../support/workbench.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const FOUND: PageFetch = { kind: 'found', texts: { title: 'Spring', description: '', imageUrl: null } };
const failure = (again: boolean): PageFetch => ({ kind: 'failed', problem: 'It is away.', again });
const RULES = { allowPrivate: true, isOwn: () => false, userAgent: 'test' };
const failTest = (error: unknown) => {
  throw error;
};

/** What a serving process has. */
function readerOn({ database }: Workbench): PagePreviews {
  const previews = new PagePreviews({
    store: new PreviewStore(database),
    fetches: true,
    onTrouble: failTest,
  });
  database.onCommit((changes) => previews.follow(changes));
  previews.start(RULES, 0);
  return previews;
}

describe.each(ENGINES)('previews of pages on $name', (engine) => {
  let bench: Workbench;
  let store: PreviewStore;
  beforeEach(async () => {
    bench = await Workbench.open(engine);
    store = new PreviewStore(bench.database);
  });
  afterEach(() => bench.close());

  const queue = (urls: readonly string[], dueAt: number) =>
    bench.transact((tx) => store.queue(tx, urls, dueAt));
  const takeOne = async (now: number): Promise<TakenPage> => {
    const [page, ...more] = await store.take(10, [], now);
    expect(more).toEqual([]);
    if (!page) throw new Error('nothing is due');
    return page;
  };
  const rows = () => bench.database.read.selectFrom('page_preview').select('url').orderBy('url').execute();
  const urls = async () => (await rows()).map(({ url }) => url);

  it('are queued once for each page, however many links lead there', async () => {
    await queue(['https://a.example/', 'https://b.example/x', 'https://a.example/'], 1_000);
    await queue(['https://a.example/'], 2_000);
    expect(await urls()).toEqual(['https://a.example/', 'https://b.example/x']);
    expect(await store.take(10, [], 999)).toEqual([]);
    const taken = await store.take(10, [], 1_000);
    expect(taken.map(({ url, host, tries }) => ({ url, host, tries }))).toEqual(
      expect.arrayContaining([
        { url: 'https://a.example/', host: 'a.example', tries: 1 },
        { url: 'https://b.example/x', host: 'b.example', tries: 1 },
      ]),
    );
  });

  it('are taken by one, until its lease has run out', async () => {
    await queue(['https://a.example/'], 1);
    const both = await Promise.all([store.take(10, [], 1_000), store.take(10, [], 1_000)]);
    const [first, ...more] = both.flat();
    expect(more).toEqual([]);
    expect(await store.take(10, [], 1_000 + 29_000)).toEqual([]);
    const second = await takeOne(1_000 + 31_000);
    expect(second.tries).toBe(2);
    // The first was only slow; what it says comes too late.
    await store.record(first as TakenPage, failure(false), 40_000);
    await store.record(second, FOUND, 41_000);
    expect(await store.find('https://a.example/')).toMatchObject({
      state: 'found',
      title: 'Spring',
      fetchedAt: 41_000,
    });
  });

  it('are tried again, later each time, and then not any more', async () => {
    await queue(['https://a.example/'], 1);
    const waits = [MINUTE_MS, 10 * MINUTE_MS];
    let now = 1_000;
    for (const wait of waits) {
      expect(await store.record(await takeOne(now), failure(true), now)).toBe(false);
      expect(await store.find('https://a.example/')).toMatchObject({
        state: 'waiting',
        problem: 'It is away.',
      });
      expect(await store.take(10, [], now + wait - 1)).toEqual([]);
      now += wait;
    }
    expect(await store.record(await takeOne(now), failure(true), now)).toBe(true);
    expect(await store.find('https://a.example/')).toMatchObject({ state: 'failed', problem: 'It is away.' });
    expect(await store.take(10, [], now + 365 * DAY_MS)).toEqual([]);
  });

  it('are tried once where trying again makes no sense', async () => {
    await queue(['https://a.example/'], 1);
    await store.record(await takeOne(1_000), failure(false), 1_000);
    expect(await store.find('https://a.example/')).toMatchObject({ state: 'failed' });
  });

  it('are asked of one host by one at a time', async () => {
    await queue(['https://a.example/1', 'https://a.example/2', 'https://b.example/1'], 1);
    const first = await store.take(10, [], 1_000);
    expect(first.map(({ host }) => host).sort()).toEqual(['a.example', 'b.example']);
    expect(await store.take(10, ['a.example', 'b.example'], 1_000)).toEqual([]);
    expect((await store.take(10, ['b.example'], 1_000)).map(({ host }) => host)).toEqual(['a.example']);
  });

  it('come first when somebody looks on', async () => {
    await queue(['https://a.example/', 'https://b.example/', 'https://c.example/'], 500);
    await store.hurry('https://c.example/', 1_000);
    await store.hurry('https://new.example/', 1_000);
    const hurried = await store.takeHurried(10, [], () => 3, 1_000);
    expect(hurried.map(({ url }) => url).sort()).toEqual(['https://c.example/', 'https://new.example/']);
    expect((await store.take(10, [], 1_000)).map(({ url }) => url).sort()).toEqual([
      'https://a.example/',
      'https://b.example/',
    ]);
  });

  it('keep what was found while they are read anew, and grow old', async () => {
    await queue(['https://a.example/'], 1);
    await store.record(await takeOne(1_000), FOUND, 1_000);
    const found = await store.find('https://a.example/');
    if (!found) throw new Error('it was forgotten');
    expect(isOutdated(found, 1_000 + 30 * DAY_MS - 1)).toBe(false);
    expect(isOutdated(found, 1_000 + 30 * DAY_MS)).toBe(true);
    await store.renew('https://a.example/', 2_000, false);
    expect(await store.find('https://a.example/')).toMatchObject({ state: 'waiting', title: 'Spring' });
    await store.record(await takeOne(2_000), failure(false), 2_000);
    const failed = await store.find('https://a.example/');
    expect(failed).toMatchObject({ state: 'failed', title: 'Spring', fetchedAt: 1_000 });
    expect(failed && isOutdated(failed, 2_000 + DAY_MS)).toBe(true);
    expect(failed && isOutdated(failed, 2_000 + DAY_MS - 1)).toBe(false);
  });

  it('are forgotten when no link leads there any more', async () => {
    const kept = await bench.createLink({ destination: 'https://kept.example/' });
    const deleted = await bench.createLink({ destination: 'https://deleted.example/' });
    await queue(['https://kept.example/', 'https://deleted.example/', 'https://never.example/'], 1);
    const unused = new UnusedPreviews(bench.database);
    await unused.forgetSome();
    expect(await urls()).toEqual(['https://deleted.example/', 'https://kept.example/']);
    await bench.deleteLink(deleted);
    await unused.forgetSome();
    expect(await urls()).toEqual([kept.route.destination]);
  });

  describe('a link', () => {
    let links: LinkService;
    beforeEach(() => {
      const previews = new PagePreviews({ store, fetches: true, onTrouble: failTest });
      links = new LinkService(
        bench.database,
        bench.domains,
        bench.groups,
        bench.apps,
        new ReservedSegments(),
        previews,
      );
    });
    const create = async (input: object, source: 'api' | 'bulk' | 'import' = 'api') => {
      const prepared = await links.prepareNew({
        destination: 'https://a.example/',
        domainId: bench.domain.id,
        ...input,
      });
      const [link] = await bench.transact((tx) => links.create(tx, bench.project.id, source, [prepared]));
      if (!link) throw new Error('there is no link');
      return link;
    };

    const OWN = { title: 'Ours', description: 'Our words', imageUrl: 'https://images.example/own.png' };

    it('that says nothing of itself has its page read', async () => {
      await create({});
      expect(await urls()).toEqual(['https://a.example/']);
    });

    it.each([
      ['says all of itself', OWN, 'api'],
      ['says all of it for sharing', { social: OWN }, 'api'],
      ['says some of it for sharing', { ...OWN, title: '', social: { title: 'Ours' } }, 'api'],
      ['was made with many others', {}, 'bulk'],
      ['was brought from elsewhere', {}, 'import'],
    ] as const)('that %s has not', async (_why, input, source) => {
      await create(input, source);
      expect(await urls()).toEqual([]);
    });

    it.each([
      ['title', { title: '' }],
      ['description', { description: '' }],
      ['picture', { imageUrl: null }],
    ])('without a %s has its page read', async (_what, missing) => {
      await create({ ...OWN, ...missing });
      expect(await urls()).toEqual(['https://a.example/']);
    });

    it('that was not made in the end has not', async () => {
      const prepared = await links.prepareNew({
        destination: 'https://a.example/',
        domainId: bench.domain.id,
      });
      await expect(
        bench.transact(async (tx) => {
          await links.create(tx, bench.project.id, 'api', [prepared]);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await urls()).toEqual([]);
    });

    it('has its page read when that is another, or it has lost something of its own', async () => {
      const change = async (link: { publicId: string }, input: object) => {
        const prepared = await links.prepare(input);
        await bench.transact((tx) => links.update(tx, bench.project.id, link.publicId, prepared));
      };
      const link = await create(OWN);
      await change(link, { destination: 'https://b.example/' });
      expect(await urls()).toEqual([]);
      await change(link, { description: '' });
      expect(await urls()).toEqual(['https://b.example/']);
      await change(link, { destination: 'https://c.example/' });
      await change(link, { memo: 'x' });
      expect(await urls()).toEqual(['https://b.example/', 'https://c.example/']);
    });
  });

  describe('with whoever reads them', () => {
    let site: ScriptedReceiver;
    const ends: (() => Promise<void>)[] = [];
    beforeEach(async () => {
      site = await ScriptedReceiver.open();
    });
    afterEach(async () => {
      for (const end of ends.splice(0)) await end();
      await site.close();
    });
    const reader = () => {
      const previews = readerOn(bench);
      ends.push(() => previews.stop());
      return previews;
    };
    const scripted = (count: number) => {
      for (let n = 0; n < count; n++) {
        site.script(`/${n}`, {
          kind: 'answer',
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: `<title>Page ${n}</title>`,
        });
      }
      return Array.from({ length: count }, (_, n) => site.url(`/${n}`));
    };

    it('everybody who asks at once waits for the same reading', async () => {
      const [url = ''] = scripted(1);
      const previews = reader();
      const told = await Promise.all(Array.from({ length: 20 }, () => previews.textsOf(url, 5_000)));
      expect(new Set(told.map((texts) => texts?.title))).toEqual(new Set(['Page 0']));
      expect(site.received).toHaveLength(1);
      // What was told is remembered.
      expect(await previews.textsOf(url, 0)).toMatchObject({ title: 'Page 0' });
    });

    it('a page that breaks off takes nothing away from what was found, and is read again', async () => {
      const [url = ''] = scripted(1);
      const previews = reader();
      expect(await previews.textsOf(url, 20_000)).toMatchObject({ title: 'Page 0' });
      site.script('/0', {
        kind: 'break-off',
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<head><title>Pa',
        ending: 'reset',
      });
      await previews.renew(url, 100);
      await until(async () => (await previews.find(url))?.problem !== '', 'it was read anew');
      expect(await previews.find(url)).toMatchObject({
        title: 'Page 0',
        state: 'waiting',
        problem: 'It hung or broke off before its head had ended.',
      });
      expect(await previews.textsOf(url, 0)).toMatchObject({ title: 'Page 0' });
    });

    it('nobody waits longer than wanted', async () => {
      site.script('/slow', { kind: 'hang' });
      const previews = reader();
      const started = performance.now();
      expect(await previews.textsOf(site.url('/slow'), 300)).toBeNull();
      expect(performance.now() - started).toBeLessThan(4_000);
    });

    it('every page is read in the end, one after another of a host', async () => {
      const pages = scripted(12);
      const previews = reader();
      await bench.transact((tx) => previews.queue(tx, pages));
      await bench.createLink();
      await until(async () => (await previews.titlesOf(pages)).size === pages.length, 'all were read');
      expect(site.received).toHaveLength(pages.length);
      expect((await previews.titlesOf(pages)).get(pages[7] ?? '')).toBe('Page 7');
    });

    it('whoever stops leaves no trace, and another goes on', async () => {
      site.script('/slow', { kind: 'hang' });
      const url = site.url('/slow');
      const previews = reader();
      await bench.transact((tx) => previews.queue(tx, [url]));
      await bench.createLink();
      await until(() => site.received.length === 1, 'it is being read');
      const started = performance.now();
      await previews.stop();
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(await store.find(url)).toMatchObject({ state: 'fetching', problem: '' });
      expect(await takeOne(Date.now() + 31_000)).toMatchObject({ url, tries: 2 });
    });
  });

  it('those that somebody waits for are asked three at a time of a host, behind no page that nobody waits for', async () => {
    const background = Array.from({ length: 6 }, (_, n) => `https://${n}.example/`);
    await queue(background, 1);
    await queue(['https://a.example/behind'], 2);
    const asked: string[] = [];
    const ends = new Map<string, () => void>();
    const worker = new PreviewWorker({
      store,
      fetchPage: (url) => {
        asked.push(url);
        return new Promise((resolve) => ends.set(url, () => resolve(FOUND)));
      },
      onTried: () => {},
      onTrouble: failTest,
      hostPauseMs: 60_000,
    });
    worker.start();
    await until(() => asked.length === 4, 'the background is busy');
    const waitedFor = Array.from({ length: 5 }, (_, n) => `https://a.example/${n}`);
    for (const url of waitedFor) await store.hurry(url, Date.now());
    worker.wake();
    const hurried = () => asked.filter((url) => waitedFor.includes(url));
    await until(() => hurried().length === 3, 'three are asked');
    worker.wake();
    ends.get(hurried()[1] ?? '')?.();
    await until(() => hurried().length === 4, 'without a pause');
    ends.get(hurried()[0] ?? '')?.();
    await until(() => hurried().length === 5, 'the slow one delays nobody');
    expect(asked.length - hurried().length).toBe(4);
    for (const end of ends.values()) end();
    await until(() => asked.length === background.length + waitedFor.length, 'the background goes on');
    expect(asked, 'its host has been asked a moment ago').not.toContain('https://a.example/behind');
    for (const end of ends.values()) end();
    await worker.stop();
  });

  it('a host is left alone for a moment between two pages', async () => {
    const asked: { readonly host: string; readonly at: number }[] = [];
    await queue(['https://a.example/1', 'https://a.example/2', 'https://b.example/1'], 1);
    const worker = new PreviewWorker({
      store,
      fetchPage: async (url) => {
        asked.push({ host: new URL(url).host, at: performance.now() });
        return FOUND;
      },
      onTried: () => {},
      onTrouble: failTest,
      hostPauseMs: 300,
    });
    worker.start();
    await until(() => asked.length === 3, 'all were asked');
    await worker.stop();
    const [first, second] = asked.filter(({ host }) => host === 'a.example');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(295);
    expect(asked.at(-1)?.host, 'others do not wait').toBe('a.example');
  });
});

describe.runIf(runs(POSTGRES))('two processes', () => {
  it('read a page once, and both tell of it', async () => {
    const site = await ScriptedReceiver.open();
    const bench = await Workbench.open(POSTGRES);
    const other = await bench.another();
    const readers = [readerOn(bench), readerOn(other)];
    try {
      site.script('/', {
        kind: 'answer',
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<title>Spring</title>',
      });
      const told = await Promise.all(readers.map((previews) => previews.textsOf(site.url('/'), 5_000)));
      expect(told).toMatchObject([{ title: 'Spring' }, { title: 'Spring' }]);
      expect(site.received).toHaveLength(1);
    } finally {
      for (const previews of readers) await previews.stop();
      await other.close();
      await bench.close();
      await site.close();
    }
  });
});
