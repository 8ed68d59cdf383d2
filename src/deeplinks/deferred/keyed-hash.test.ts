import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashDevice } from './keyed-hash.ts';

const SECRET = createSecretKey(Buffer.from('secret'));
const APP = { platform: 'ios', identifier: 'com.example.app' } as const;

test('an app on a device is another in each project, and no other app’s', () => {
  const hashes = [
    hashDevice(SECRET, 1, 'device', null),
    hashDevice(SECRET, 2, 'device', null),
    hashDevice(SECRET, 1, 'device', APP),
    hashDevice(SECRET, 2, 'device', APP),
    hashDevice(SECRET, 1, 'another', APP),
    hashDevice(SECRET, 1, 'device', { ...APP, platform: 'android' }),
    hashDevice(SECRET, 1, 'device', { ...APP, identifier: 'com.example.other' }),
    // Where one text ends and the next begins is no matter of what stands in them.
    hashDevice(SECRET, 1, 'app","device', { ...APP, identifier: 'com.example.' }),
    hashDevice(SECRET, 1, '1 device', null),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashDevice(SECRET, 1, 'device', { ...APP })).toBe(hashes[2]);
});
