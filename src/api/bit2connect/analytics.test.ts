import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyticsOf } from './analytics.ts';

const sum = (counts: object) => Object.values<number>({ ...counts }).reduce((all, one) => all + one, 0);

test('each breakdown adds up to the total, whatever was imported and whatever came in meanwhile', () => {
  const system = fc.constantFrom('iOS', 'Android', 'Windows', 'macOS', '', 'other');
  const country = fc.constantFrom(
    '',
    'other',
    ...Array.from({ length: 20 }, (_, index) => `A${'ABCDEFGHIJKLMNOPQRST'[index]}`),
  );
  const click = fc.tuple(system, country);
  fc.assert(
    fc.property(fc.array(click), fc.integer({ min: -3, max: 100 }), (clicks, beyond) => {
      const counts = (of: 0 | 1) =>
        [...Map.groupBy(clicks, (one) => one[of])]
          .map(([value, all]) => ({ value, clicks: all.length }))
          .sort((a, b) => b.clicks - a.clicks);
      const link = { clicks: Math.max(0, clicks.length + beyond), visitors: 1 };
      const analytics = analyticsOf(link, clicks.length, counts(0), counts(1));
      expect(analytics.totalClicks).toBeGreaterThanOrEqual(clicks.length);
      expect(sum(analytics.clicksByPlatform)).toBe(analytics.totalClicks);
      expect(sum(analytics.clicksByCountry)).toBe(analytics.totalClicks);
      expect(Math.min(...Object.values(analytics.clicksByCountry))).toBeGreaterThanOrEqual(0);
      expect(Math.min(...Object.values(analytics.clicksByPlatform))).toBeGreaterThanOrEqual(0);
      expect(Object.keys(analytics.clicksByCountry).length).toBeLessThanOrEqual(11);
    }),
  );
});

test('as documented', () => {
  const systems = [
    { value: 'iOS', clicks: 45 },
    { value: 'Windows', clicks: 40 },
    { value: 'Android', clicks: 38 },
    { value: '', clicks: 4 },
  ];
  const countries = [
    { value: 'US', clicks: 67 },
    { value: 'CA', clicks: 23 },
    { value: '', clicks: 19 },
    { value: 'GB', clicks: 18 },
  ];
  expect(analyticsOf({ clicks: 127, visitors: 89 }, 127, systems, countries)).toEqual({
    totalClicks: 127,
    uniqueClicks: 89,
    clicksByPlatform: { ios: 45, android: 38, web: 44 },
    clicksByCountry: { US: 67, CA: 23, GB: 18, other: 19 },
  });
});
