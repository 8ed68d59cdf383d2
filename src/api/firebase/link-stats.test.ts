import { expect, test } from 'vitest';
import { eventStats } from './link-stats.ts';

test('clicks go by system, events of apps by platform, and what did not happen is not told', () => {
  const systems = [
    { value: 'Android', clicks: 5 },
    { value: 'iOS', clicks: 3 },
    { value: 'Windows', clicks: 1 },
    { value: 'macOS', clicks: 1 },
    { value: 'Tizen', clicks: 2 },
    { value: '', clicks: 1 },
    { value: 'Linux', clicks: 0 },
  ];
  const events = [
    { platform: 'android', kind: 3, count: 2 },
    { platform: 'ios', kind: 3, count: '4' },
    { platform: 'ios', kind: 2, count: '4503599627370496' },
    { platform: 'other', kind: 2, count: 1 },
    { platform: 'ios', kind: 4, count: 7 },
  ];
  expect(eventStats(systems, events)).toEqual(
    expect.arrayContaining([
      { platform: 'ANDROID', count: '5', event: 'CLICK' },
      { platform: 'ANDROID', count: '5', event: 'REDIRECT' },
      // The system handed it to the app, and nobody was redirected.
      { platform: 'IOS', count: '4503599627370499', event: 'CLICK' },
      { platform: 'IOS', count: '3', event: 'REDIRECT' },
      { platform: 'DESKTOP', count: '2', event: 'CLICK' },
      { platform: 'DESKTOP', count: '2', event: 'REDIRECT' },
      { platform: 'OTHER', count: '4', event: 'CLICK' },
      { platform: 'OTHER', count: '3', event: 'REDIRECT' },
      { platform: 'ANDROID', count: '2', event: 'APP_FIRST_OPEN' },
      { platform: 'ANDROID', count: '2', event: 'APP_INSTALL' },
      { platform: 'IOS', count: '4', event: 'APP_FIRST_OPEN' },
      { platform: 'IOS', count: '4503599627370496', event: 'APP_RE_OPEN' },
      { platform: 'OTHER', count: '1', event: 'APP_RE_OPEN' },
    ]),
  );
  expect(eventStats(systems, events)).toHaveLength(13);
  expect(eventStats([], [])).toEqual([]);
});
