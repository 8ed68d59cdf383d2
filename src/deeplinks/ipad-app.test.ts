import { describe, expect, it } from 'vitest';
import type { OpenedApp } from '../links/link-app.ts';
import { appsFor, ipadApp } from './ipad-app.ts';

const IPHONE: OpenedApp = {
  ...{ identifier: 'com.example.phone', storeUrl: null, appStoreId: '1', minVersion: '2', deepLink: null },
  ...{ customScheme: 'com.example.phone', ipadIdentifier: 'com.example.pad', ipadStoreUrl: null },
};
const NOTHING_SAID = { storeUrl: null, appStoreId: null, customScheme: null };

describe('ipadApp', () => {
  it('is none where iPads open what iPhones open', () => {
    expect(ipadApp(null, undefined)).toBeUndefined();
    expect(ipadApp({ ...IPHONE, ipadIdentifier: null }, NOTHING_SAID)).toBeUndefined();
  });

  it('is as the link says where nobody has saved it, with its own bundle id for a scheme that was one', () => {
    expect(ipadApp(IPHONE, undefined)).toEqual({
      ...IPHONE,
      identifier: 'com.example.pad',
      customScheme: 'com.example.pad',
    });
    expect(ipadApp({ ...IPHONE, customScheme: 'shop' }, NOTHING_SAID)).toMatchObject({
      customScheme: 'shop',
      appStoreId: '1',
    });
    expect(ipadApp({ ...IPHONE, customScheme: null }, undefined)).toMatchObject({ customScheme: null });
  });

  it('is as it is saved, and never had where the one for iPhones is had', () => {
    const storeUrl = 'https://apps.example/pad';
    expect(ipadApp(IPHONE, { storeUrl: null, appStoreId: '2', customScheme: 'pad' })).toMatchObject({
      ...{ identifier: 'com.example.pad', storeUrl: null, appStoreId: '2', customScheme: 'pad' },
    });
    const had = { ...IPHONE, storeUrl: 'https://apps.example/phone' };
    expect(ipadApp(had, { storeUrl, appStoreId: null, customScheme: null })).toMatchObject({
      ...{ storeUrl, appStoreId: null, customScheme: 'com.example.pad' },
    });
    expect(ipadApp(had, { storeUrl: null, appStoreId: '2', customScheme: null })).toMatchObject({
      ...{ storeUrl: null, appStoreId: '2' },
    });
  });
});

describe('appsFor', () => {
  const ipad = ipadApp(IPHONE, { storeUrl: null, appStoreId: '2', customScheme: null });
  const apps = { ios: IPHONE, android: null, ipad };
  const asks = (...identifiers: string[]) =>
    appsFor(
      apps,
      identifiers.map((identifier) => ({ platform: 'ios' as const, identifier })),
    ).ios?.identifier;

  it('tells the app for iPads of itself, and everybody else of the one for iPhones', () => {
    expect(asks('com.example.pad')).toBe('com.example.pad');
    expect(asks('com.example.pad', 'com.example.phone')).toBe('com.example.phone');
    expect(asks('com.example.other')).toBe('com.example.phone');
    expect(appsFor(apps, null)).toBe(apps);
    const ipadStoreUrl = 'https://apps.example/pad';
    const had = { ...apps, ipad: { ...IPHONE, identifier: 'com.example.pad', ipadStoreUrl } };
    expect(appsFor(had, [{ platform: 'ios', identifier: 'com.example.pad' }]).ios?.storeUrl).toBe(
      ipadStoreUrl,
    );
    expect(
      appsFor({ ios: IPHONE, android: null }, [{ platform: 'ios', identifier: 'com.example.pad' }]).ios,
    ).toBe(IPHONE);
  });
});
