import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildBlocks } from '../blocks/block.ts';
import { FACT_COLUMNS, type FactColumn, FactFlag, type FactTable, TAKEN_BACK } from '../blocks/fact.ts';
import { BlockScan, VISITOR_COLUMNS } from './block-scan.ts';
import { figureBits } from './figure-bits.ts';
import { scanColumnOf } from './scan-column.ts';
import type { ScanPlan } from './scan-plan.ts';
import type { VisitorCount } from './visitor-count.ts';

const PLAN: ScanPlan = {
  fromQuarter: 0,
  toQuarter: 1_000,
  links: null,
  filters: [],
  quarters: null,
  foreignLinks: null,
  bits: figureBits({ crawlers: 'exclude', automated: 'include', repeats: 'include' }, () => true),
  groupings: [{ by: 'value', column: 'link' }],
};

interface Visit {
  readonly visitor: number;
  readonly link: number;
  readonly flags?: number;
  readonly weight?: number;
}

/** Spread as the keyed hashes of visitors are. */
function hashOf(visitor: number): [number, number] {
  const mixed = Math.imul(visitor + 1, 0x9e3779b1) ^ (visitor << 7);
  const low = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return [visitor >>> 3, (low ^ (low >>> 13)) >>> 0];
}

function count(visits: readonly Visit[], exactClicks: number): { scan: BlockScan; visitors: VisitorCount } {
  const table = Object.fromEntries(
    FACT_COLUMNS.map((name) => [name, new Uint32Array(visits.length)]),
  ) as FactTable;
  for (const [row, { visitor, link, flags = 0, weight = 1 }] of visits.entries()) {
    const [high, low] = visitor < 0 ? [0, 0] : hashOf(visitor);
    const values: Partial<Record<FactColumn, number>> = {
      link,
      flags,
      weight,
      visitorHigh: high,
      visitorLow: low,
    };
    for (const [name, value] of Object.entries(values)) table[name as FactColumn][row] = value as number;
  }
  const scan = new BlockScan(PLAN);
  const blocks = buildBlocks(table).map((block) => ({
    ...block,
    columns: new Map(
      [...scan.columnsToFilter(block), ...scan.columnsToCount(), ...VISITOR_COLUMNS].map((name) => [
        name,
        scanColumnOf(block.columns.get(name), name, block.rows),
      ]),
    ),
  }));
  for (const block of blocks) scan.add(block);
  const visitors = scan.startVisitors(exactClicks);
  for (const block of blocks) scan.addVisitors(visitors, block);
  return { scan, visitors };
}

/** Visitors by link, as the slots of the grouping are numbered. */
function byLink({ scan, visitors }: ReturnType<typeof count>): Map<number, number> {
  const { index, sums } = scan.groups[0] as (typeof scan.groups)[number];
  const counts = visitors.bySlot(0, sums.slots);
  return new Map(index.values.map((link, slot) => [link, counts[slot] as number]));
}

describe('different visitors', () => {
  test('are counted one by one where clicks are few enough', () => {
    const visit = fc.record({ visitor: fc.nat(40), link: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.array(visit, { minLength: 1, maxLength: 200 }), (visits) => {
        const counted = count(visits, visits.length);
        expect(counted.visitors.exact).toBe(true);
        expect(counted.visitors.total()).toBe(new Set(visits.map(({ visitor }) => visitor)).size);
        for (const [link, visitors] of byLink(counted)) {
          const its = visits.filter((one) => one.link === link);
          expect(visitors).toBe(new Set(its.map(({ visitor }) => visitor)).size);
        }
      }),
    );
  });

  test.each([1, 2, 3, 4, 5])('of many clicks a sample tells them, seed %i', (seed) => {
    const visits = Array.from({ length: 200_000 }, (_, click) => ({
      visitor: ((Math.imul(click, 48_271) >>> 3) % 60_000) + seed * 1_000_000,
      link: 1 + (click % 2),
    }));
    const counted = count(visits, 30_000);
    expect(counted.visitors.exact).toBe(false);
    expect(counted.visitors.sampled).toBe(true);
    const different = new Set(visits.map(({ visitor }) => visitor)).size;
    // An eighth of them: some 7,500, whose standard deviation is some 1.1 percent.
    expect(Math.abs(counted.visitors.total() / different - 1)).toBeLessThan(0.05);
    for (const [link, visitors] of byLink(counted)) {
      const its = new Set(visits.filter((one) => one.link === link).map(({ visitor }) => visitor)).size;
      expect(Math.abs(visitors / its - 1)).toBeLessThan(0.07);
    }
  });

  test('who is taken back altogether was not there, and who came again was', () => {
    const { visitors } = count(
      [
        { visitor: 1, link: 1 },
        { visitor: 1, link: 1, weight: TAKEN_BACK },
        { visitor: 2, link: 1 },
        { visitor: 2, link: 1, weight: TAKEN_BACK },
        { visitor: 2, link: 1, flags: FactFlag.newToday },
        { visitor: 3, link: 1, flags: FactFlag.crawler },
      ],
      100,
    );
    expect(visitors.total()).toBe(1);
  });

  test('those who are forgotten are counted by the day, and that is said', () => {
    const forgotten = [
      { visitor: -1, link: 1, flags: FactFlag.newToday },
      { visitor: -1, link: 1 },
      { visitor: -1, link: 2, flags: FactFlag.newToday | FactFlag.crawler },
    ];
    const counted = count([...forgotten, { visitor: 5, link: 2, flags: FactFlag.newToday }], 100);
    expect(counted.visitors.exact).toBe(false);
    expect(counted.visitors.total()).toBe(2);
    expect(byLink(counted)).toEqual(
      new Map([
        [1, 1],
        [2, 1],
      ]),
    );
  });
});
