import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClickFlag, ClickKind } from '../click-record.ts';
import { anyClickRecord, clickRecord } from '../testing/click-records.ts';
import { appEventTalliesOf } from './app-event-tallies.ts';

const ios = { platform: 'ios', query: '', unlocked: null };
const DAY_MS = 86_400_000;

test('events are counted by link, day, platform and kind', () => {
  const at = 20_000 * DAY_MS;
  const towards = { linkId: 1, at, app: ios, flags: ClickFlag.towardsApp };
  const tallies = appEventTalliesOf([
    clickRecord(towards),
    clickRecord(towards),
    clickRecord({ linkId: 1, at, kind: ClickKind.appOpen, app: ios }),
    clickRecord({ linkId: 1, at: at - 1, kind: ClickKind.appOpen, app: ios }),
    clickRecord({ linkId: 2, at, kind: ClickKind.install, app: { ...ios, platform: '<b>' } }),
    // No event of an app: a click that led to the web, a crawler, a taker of a slot.
    clickRecord({ linkId: 1, at }),
    clickRecord({ ...towards, flags: ClickFlag.towardsApp | ClickFlag.crawler }),
    clickRecord({ ...towards, flags: ClickFlag.towardsApp | ClickFlag.uncounted }),
  ]);
  expect(tallies).toEqual([
    { linkId: 1, day: 19_999, platform: 'ios', kind: ClickKind.appOpen, count: 1 },
    { linkId: 1, day: 20_000, platform: 'ios', kind: ClickKind.click, count: 2 },
    { linkId: 1, day: 20_000, platform: 'ios', kind: ClickKind.appOpen, count: 1 },
    { linkId: 2, day: 20_000, platform: 'other', kind: ClickKind.install, count: 1 },
  ]);
});

test('every event is counted once, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(anyClickRecord, { maxLength: 20 }), (records) => {
      const tallies = appEventTalliesOf(records);
      expect(appEventTalliesOf([...records].reverse())).toEqual(tallies);
      const events = records.filter(({ kind }) => kind !== ClickKind.click).length;
      const counted = tallies
        .filter(({ kind }) => kind !== ClickKind.click)
        .reduce((sum, { count }) => sum + count, 0);
      expect(counted).toBe(events);
    }),
  );
});
