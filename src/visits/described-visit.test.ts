import { describe, expect, it, test } from 'vitest';
import { IN_APP_BROWSERS } from '../deeplinks/device.ts';
import {
  DESCRIBED_DEVICES,
  DESCRIBED_VISITORS,
  describedVisit,
  descriptionProblems,
} from './described-visit.ts';

describe('the devices are told from their words as those of real visits', () => {
  const expected: Record<(typeof DESCRIBED_DEVICES)[number], object> = {
    iphone: { platform: 'ios', isIpad: false, osVersion: '18.5' },
    ipad: { platform: 'ios', isIpad: true },
    ipadDesktop: { platform: 'other', mayBeIpad: true },
    android: { platform: 'android', osVersion: '15', lacksGooglePlay: false },
    androidTablet: { platform: 'android', lacksGooglePlay: false },
    huawei: { platform: 'android', lacksGooglePlay: true },
    windows: { platform: 'other', mayBeIpad: false },
    mac: { platform: 'other', mayBeIpad: false },
    linux: { platform: 'other', mayBeIpad: false },
  };
  test.each(DESCRIBED_DEVICES)('%s', (device) => {
    const visit = describedVisit({ device });
    expect(visit.visitor).toBe('person');
    expect(visit.device).toMatchObject({ inApp: null, ...expected[device] });
  });

  test.each(
    ['iphone', 'ipad', 'android', 'huawei'].flatMap((device) =>
      IN_APP_BROWSERS.map((inApp) => [device, inApp]),
    ),
  )('%s in %s', (device, inApp) => {
    const visit = describedVisit({ device, inApp } as never);
    expect(visit.visitor, visit.userAgent).toBe('person');
    expect(visit.device, visit.userAgent).toMatchObject({ ...(expected[device as never] as object), inApp });
  });

  test.each(DESCRIBED_VISITORS)('%s', (visitor) => {
    expect(describedVisit({ visitor }).visitor).toBe(visitor);
  });
});

describe('a description', () => {
  it('takes a scan from the query, or from whoever says so', () => {
    expect(describedVisit({ query: 'qr=1' }).qr).toBe(true);
    expect(describedVisit({ query: 'a=1' }).qr).toBe(false);
    expect(describedVisit({ qr: true })).toMatchObject({ qr: true, query: 'qr=1' });
    expect(describedVisit({ qr: true, query: 'a=1' })).toMatchObject({ qr: true, query: 'a=1&qr=1' });
    expect(describedVisit({ qr: true, query: 'qr&a=1' })).toMatchObject({ qr: true, query: 'qr&a=1' });
  });

  it.each([
    [{ device: 'iphone', inApp: 'line' }, []],
    [{ userAgent: 'x' }, []],
    [{ userAgent: 'x', device: 'iphone', inApp: 'line', visitor: 'person' }, ['visitor', 'device', 'inApp']],
    [{ visitor: 'crawler', device: 'iphone' }, ['device']],
    [{ inApp: 'line' }, ['inApp']],
    [{ device: 'windows', inApp: 'line' }, ['inApp']],
    [{ method: 'POST', passwordGiven: true, qr: true, query: 'qr=1' }, []],
    [{ method: 'POST' }, ['method']],
    [{ qr: false, query: 'a=1' }, []],
    [{ qr: false, query: 'a=1&qr', inApp: 'line' }, ['inApp', 'qr']],
  ] as const)('%j contradicts itself in %j', (described, fields) => {
    expect(descriptionProblems(described).map(({ field }) => field)).toEqual(fields);
  });
});
