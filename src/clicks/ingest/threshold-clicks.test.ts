import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Counters, crossingsOf, gainsOf, growthOf } from '../../reactions/thresholds/threshold-walk.ts';
import { ClickFlag, ClickKind } from '../click-record.ts';
import type { EnrichedClick } from './enrich.ts';
import type { KnownClick } from './known-click.ts';
import { thresholdClicksOf } from './threshold-clicks.ts';
import { recognise, type Sighting } from './visitor-flags.ts';

interface Visit extends Sighting {
  readonly visitor: number;
}

const DAYS = { hourStart: () => 0, dayStart: () => 0 };
const HIDDEN = ClickFlag.crawler | ClickFlag.uncounted;

/** A link's clicks in the tables: what each batch changes there, as `recogniseVisitors` would say it. */
class Tables {
  readonly stored = new Map<string, Visit>();

  ingest(batch: readonly Visit[]) {
    const flags = new Map<string, number>();
    for (const visitor of new Set(batch.map((visit) => visit.visitor))) {
      const ofVisitor = (visit: Visit) => visit.visitor === visitor && (visit.flags & HIDDEN) === 0;
      const known = [...this.stored.values()].filter(ofVisitor);
      const nobody = { last: null, anchor: null };
      for (const [id, right] of recognise(nobody, known, batch.filter(ofVisitor), DAYS)) flags.set(id, right);
    }
    const revised = [...this.stored.values()]
      .filter(({ id }) => flags.has(id))
      .map((before) => ({
        rowId: 1,
        clickId: before.id,
        before: asKnown(before),
        after: asKnown({ ...before, flags: flags.get(before.id) as number }),
      }));
    const fresh = batch.map((visit) => ({ ...visit, flags: flags.get(visit.id) ?? visit.flags }));
    for (const { clickId, after } of revised)
      this.stored.set(clickId, { ...(this.stored.get(clickId) as Visit), flags: after.flags });
    for (const visit of fresh) this.stored.set(visit.id, visit);
    const clicks = fresh.map((visit) => freshClick(visit));
    return thresholdClicksOf({ clicks, revised });
  }
}

const UNUSED = { userAgent: '', language: '', domainId: 1, device: 'unknown', os: '', browser: '' } as const;

function freshClick(visit: Visit, kind: ClickKind = ClickKind.click): EnrichedClick {
  return { ...asKnown(visit), ...UNUSED, kind, id: visit.id };
}

function asKnown({ at, flags, visitor }: Visit): KnownClick {
  const texts = { region: '', city: '', device: '', os: '', browser: '', languageTag: '', referrerHost: '' };
  return {
    ...texts,
    kind: 1,
    at,
    linkId: 1,
    groupId: null,
    routeId: 1,
    flags,
    visitor: String(visitor),
    country: '',
    utm: null,
  };
}

const anyVisit = fc.record({
  // Around the five seconds within which a click repeats another.
  at: fc.integer({ min: 0, max: 40 }).map((halves) => 100_000 + halves * 500),
  visitor: fc.nat(2),
  flags: fc.constantFrom(0, 0, 0, ClickFlag.automated, ClickFlag.crawler, ClickFlag.uncounted),
});

test('clicks in any batches and any order move the counters to what they are in the end, and tell each multiple once', () => {
  fc.assert(
    fc.property(
      fc.array(anyVisit, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 5 }),
      (given, batchSize, every) => {
        const visits = given.map(
          (visit, index): Visit => ({ ...visit, id: String(index).padStart(32, '0') }),
        );
        const tables = new Tables();
        let counters: Counters = { clicks: 0, visitors: 0 };
        const told: number[] = [];
        for (let from = 0; from < visits.length; from += batchSize) {
          const gains = gainsOf(tables.ingest(visits.slice(from, from + batchSize)));
          const crossings = crossingsOf(gains, counters, () => [{ metric: 'clicks', every }]);
          told.push(...crossings.map((crossing) => crossing.counters.clicks));
          const growth = growthOf(gains);
          counters = {
            clicks: counters.clicks + growth.clicks,
            visitors: counters.visitors + growth.visitors,
          };
        }
        const counted = [...tables.stored.values()].filter(({ flags }) => (flags & HIDDEN) === 0);
        expect(counters).toEqual({
          clicks: counted.filter(({ flags }) => !(flags & ClickFlag.repeat)).length,
          visitors: new Set(counted.map(({ visitor }) => visitor)).size,
        });
        expect(told).toEqual(
          Array.from({ length: Math.floor(counters.clicks / every) }, (_, index) => (index + 1) * every),
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a click that is no click, or repeats one, or was counted as it is, says nothing', () => {
  const visit = (id: string, flags: number): Visit => ({ id, at: 1, flags, visitor: 1 });
  const fresh = (id: string, flags: number, kind?: ClickKind) => freshClick(visit(id, flags), kind);
  const revised = (before: number, after: number) => ({
    rowId: 1,
    clickId: 'r',
    before: asKnown(visit('r', before)),
    after: asKnown(visit('r', after)),
  });
  const { repeat, newEver, newToday, crawler } = ClickFlag;
  expect(
    thresholdClicksOf({
      clicks: [
        fresh('a', repeat),
        fresh('b', crawler),
        fresh('c', 0, ClickKind.appOpen),
        fresh('d', newEver),
      ],
      revised: [revised(newToday, 0), revised(newEver, repeat), revised(repeat, 0)],
    }).map(({ id, clicks, visitors }) => [id, clicks, visitors]),
  ).toEqual([
    ['d', 1, 1],
    ['r', -1, -1],
    ['r', 1, 0],
  ]);
});
