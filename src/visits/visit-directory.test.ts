import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FoundGroup, FoundLink } from '../links/link-lookup.ts';
import { NotKnownNow, type Target, VisitDirectory, type VisitStore } from './visit-directory.ts';

const DOMAIN = 1;
const GROUP = 7;

/** A link whose destination, and a group whose message of the day, tell which version of theirs was read. */
function linkOf(code: string, version: number): FoundLink {
  return {
    id: 1,
    projectId: 1,
    domainId: DOMAIN,
    groupId: GROUP,
    routeId: 1,
    destination: `https://example.com/${code}/${version}`,
    desktopUrl: null,
    campaign: {},
    settings: {},
    title: '',
    description: '',
    imageUrl: null,
    deleteAt: null,
    timeZone: 'UTC',
    iosAppId: null,
    androidAppId: null,
    describedApps: {},
    appRouting: {},
  } as FoundLink;
}

function groupOf(version: number): FoundGroup {
  return { id: GROUP, settings: { maxClicks: version } } as FoundGroup;
}

function versionsOf({ link, group }: Target): { link: number | undefined; group: number | undefined } {
  const linkVersion = link && Number(link.destination.split('/').at(-1));
  return { link: linkVersion, group: group && Number(group.settings.maxClicks) };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What a visit has come to: a target, or that nothing can be said now. */
async function outcomeOf(visit: () => Target | Promise<Target>) {
  try {
    return versionsOf(await visit());
  } catch (error) {
    expect(error).toBeInstanceOf(NotKnownNow);
    return 'not known';
  }
}

describe('with edits not heard', () => {
  let now: number;
  let isCurrent: boolean;
  let store: { link: number | undefined; group: number; answers: 'at once' | 'never' | 'an error' };
  let asked: string[];
  let overdue: (() => void)[];
  let hung: (() => void)[];
  let directory: VisitDirectory;

  beforeEach(() => {
    now = 10_000;
    isCurrent = true;
    store = { link: 1, group: 1, answers: 'at once' };
    asked = [];
    overdue = [];
    hung = [];
    const answer = async <T>(what: string, read: () => T): Promise<T> => {
      asked.push(what);
      if (store.answers === 'an error') throw new Error('refused');
      if (store.answers === 'never')
        return await new Promise<never>((_, reject) => hung.push(() => reject(new Error('gave up'))));
      return read();
    };
    const visitStore: VisitStore = {
      findLink: (_, code) =>
        answer(code, () => (store.link === undefined ? undefined : linkOf(code, store.link))),
      findGroup: () => answer('group', () => groupOf(store.group)),
      findApp: () => undefined,
      findIosApp: () => undefined,
    };
    const within = <T>(_: number, work: Promise<T>) =>
      Promise.race([work, new Promise<never>((_, reject) => overdue.push(() => reject(new Error('late'))))]);
    directory = new VisitDirectory(
      visitStore,
      100,
      () => isCurrent,
      within,
      () => now,
    );
  });

  const visit = (code = 'a') => outcomeOf(() => directory.find(DOMAIN, code));
  /** Whoever waits has waited for long enough; and later the store's own patience ends too. */
  const late = () => {
    for (const giveUp of [...overdue.splice(0), ...hung.splice(0)]) giveUp();
  };

  test('a remembered link and its group are read again, and what was changed elsewhere goes', async () => {
    expect(await visit()).toEqual({ link: 1, group: 1 });
    Object.assign(store, { link: 2, group: 2 });
    expect(await visit(), 'not heard yet, which takes a moment').toEqual({ link: 1, group: 1 });
    isCurrent = false;
    now += 1_000;
    expect(await visit()).toEqual({ link: 2, group: 2 });
  });

  test('what is not remembered is found, and a remembered miss is looked for', async () => {
    store.link = undefined;
    expect(await visit('missed')).toEqual({ link: undefined, group: undefined });
    isCurrent = false;
    now += 1_000;
    store.link = 1;
    expect(await visit('missed')).toEqual({ link: 1, group: 1 });
    expect(await visit('never seen')).toEqual({ link: 1, group: 1 });
    store.link = undefined;
    expect(await visit('unknown')).toEqual({ link: undefined, group: undefined });
  });

  test('many visits of one link are one question, and so are those of the next half second', async () => {
    await visit();
    isCurrent = false;
    now += 1_000;
    asked.length = 0;
    await Promise.all(Array.from({ length: 500 }, () => visit()));
    now += 499;
    await visit();
    expect(asked).toEqual(['a', 'group']);
    now += 2;
    await visit();
    expect(asked).toEqual(['a', 'group', 'a', 'group']);
  });

  test.each(['never', 'an error'] as const)(
    'and a store that answers %s: what is remembered goes as it was, nothing else is said',
    async (answers) => {
      await visit();
      store.link = undefined;
      await visit('missed');
      isCurrent = false;
      now += 1_000;
      store.answers = answers;
      const first = [visit(), visit('missed'), visit('cold')];
      await nextTurn();
      late();
      expect(await Promise.all(first)).toEqual([{ link: 1, group: 1 }, 'not known', 'not known']);
      // From now on nobody waits who can be told something.
      for (let turn = 0; turn < 10; turn++) expect(await visit()).toEqual({ link: 1, group: 1 });
    },
  );

  test('a change that is heard while the store is asked in vain is not answered with what was before', async () => {
    await visit();
    isCurrent = false;
    now += 1_000;
    store.answers = 'never';
    const waiting = visit();
    await nextTurn();
    directory.follow([
      {
        entity: 'link',
        entityId: 1,
        publicId: 'lnk_a',
        projectId: 1,
        action: 'updated',
        version: 2,
        data: {},
        codes: [`${DOMAIN}/a`],
      },
    ]);
    late();
    expect(await waiting).toBe('not known');
  });

  test('while the store is away one visit at a time finds out whether it is back, and nobody waits for it', async () => {
    await visit();
    isCurrent = false;
    now += 1_000;
    store.answers = 'an error';
    await visit();
    asked.length = 0;
    store.answers = 'never';
    for (let turn = 0; turn < 100; turn++) await visit();
    expect(asked).toEqual(['a']);
    late();
    await nextTurn();
    store.answers = 'an error';
    for (let turn = 0; turn < 100; turn++) await visit();
    expect(asked, 'nor is it asked all the time').toEqual(['a']);
    now += 250;
    for (let turn = 0; turn < 100; turn++) await visit();
    expect(asked).toEqual(['a', 'a']);
  });

  test('a store that is back is asked at once by everybody, whether edits are heard or not', async () => {
    await visit();
    isCurrent = false;
    now += 1_000;
    store.answers = 'an error';
    await visit();
    Object.assign(store, { answers: 'at once', link: 3, group: 3 });
    expect(await visit(), 'the one who does not wait').toEqual({ link: 1, group: 1 });
    await nextTurn();
    now += 1_000;
    Object.assign(store, { link: 4, group: 4 });
    expect(await visit()).toEqual({ link: 4, group: 4 });
  });

  test('guessed codes do not heap up before a store that is away', async () => {
    isCurrent = false;
    store.answers = 'an error';
    await visit('first');
    store.answers = 'never';
    asked.length = 0;
    const guesses = Array.from({ length: 1_000 }, (_, index) => visit(`guess-${index}`));
    await nextTurn();
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.length).toBeLessThanOrEqual(64);
    late();
    expect(new Set(await Promise.all(guesses))).toEqual(new Set(['not known']));
  });
});

test('whatever happens in whatever order: nothing older than the promise, and "not known" only of a store that fails', async () => {
  /** A feed may be late by so much before it calls itself behind. */
  const HEARD_WITHIN_MS = 1_500;
  const FRESH_MS = 500;
  const code = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('visit' as const), code }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), code }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit group' as const), code }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(1_500) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('hear' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('mend' as const) }) },
  );
  const steps = fc.array(step, { minLength: 5, maxLength: 60 });
  const seen = { behind: 0, unknown: 0 };
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, fc.nat(3_000), async (s, steps, silentMs) => {
      let now = 0;
      let heardAt = -silentMs;
      let isBroken = false;
      let brokenUntil = -1;
      let brokenSince = Number.POSITIVE_INFINITY;
      const log: { what: string; at: number }[] = [];
      const versionOf = (what: string, at: number) =>
        1 + log.filter((edit) => edit.what === what && edit.at < at).length;
      let unheard: string[] = [];
      const answer = async <T>(read: () => T): Promise<T> => {
        await s.schedule(Promise.resolve(), 'asked');
        if (isBroken) throw new Error('away');
        const found = read();
        await s.schedule(Promise.resolve(), 'answered');
        return found;
      };
      const directory = new VisitDirectory(
        {
          findLink: (_, name) => answer(() => linkOf(name, versionOf(name, Number.POSITIVE_INFINITY))),
          findGroup: () => answer(() => groupOf(versionOf('group', Number.POSITIVE_INFINITY))),
          findApp: () => undefined,
          findIosApp: () => undefined,
        },
        100,
        () => now - heardAt < HEARD_WITHIN_MS,
        (_, work) => work,
        () => now,
      );
      const hear = () => {
        for (const what of unheard) {
          const isGroup = what === 'group';
          directory.follow([
            {
              entity: isGroup ? 'group' : 'link',
              entityId: GROUP,
              publicId: what,
              projectId: 1,
              action: 'updated',
              version: 1,
              data: {},
              codes: isGroup ? [] : [`${DOMAIN}/${what}`],
            },
          ]);
        }
        unheard = [];
        heardAt = now;
      };
      const visits: Promise<void>[] = [];
      const visit = async (name: string) => {
        const begunAt = now;
        const isBehind = begunAt - heardAt >= HEARD_WITHIN_MS;
        const mayBeLateMs = isBehind ? FRESH_MS : HEARD_WITHIN_MS;
        const least = (what: string) => versionOf(what, begunAt - mayBeLateMs);
        const leasts = { link: least(name), group: least('group') };
        let found: Awaited<ReturnType<typeof outcomeOf>> | 'store error';
        try {
          found = versionsOf(await directory.find(DOMAIN, name));
        } catch (error) {
          found = error instanceof NotKnownNow ? 'not known' : 'store error';
        }
        const failed = isBroken || brokenUntil >= begunAt;
        // What fails while the store is asked for others may also be why this visit does not ask.
        const knewOfFailure = failed || begunAt >= brokenSince;
        if (typeof found === 'string') {
          expect(knewOfFailure, `${found} of a store that answers`).toBe(true);
          seen.unknown++;
        } else if (!knewOfFailure) {
          if (isBehind) seen.behind++;
          expect(found.link).toBeGreaterThanOrEqual(leasts.link);
          expect(found.group).toBeGreaterThanOrEqual(leasts.group);
        }
      };
      s.scheduleSequence(
        steps.map((one) => ({
          label: one.kind,
          builder: async () => {
            if (one.kind === 'visit') visits.push(visit(one.code));
            if (one.kind === 'edit' || one.kind === 'edit group') {
              const what = one.kind === 'edit' ? one.code : 'group';
              log.push({ what, at: now });
              unheard.push(what);
            }
            if (one.kind === 'pass') now += one.ms;
            if (one.kind === 'hear' && !isBroken) {
              hear();
              brokenSince = Number.POSITIVE_INFINITY;
            }
            if (one.kind === 'break') {
              isBroken = true;
              brokenSince = Math.min(brokenSince, now);
            }
            if (one.kind === 'mend' && isBroken) {
              isBroken = false;
              brokenUntil = now;
            }
          },
        })),
      );
      await s.waitIdle();
      await Promise.all(visits);
    }),
    { numRuns: 400 },
  );
  expect(seen.behind, 'visits behind were judged').toBeGreaterThan(100);
  expect(seen.unknown, 'and some found a store that was away').toBeGreaterThan(5);
});
