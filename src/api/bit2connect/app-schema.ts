import { z } from 'zod';
import { MAX_FINGERPRINTS } from '../../apps/app-input.ts';
import type { Platform } from '../../links/link-app.ts';
import { listOf, object, REQUIRED, text } from './request-input.ts';
import {
  appNameRule,
  appRule,
  appStoreIdRule,
  bundleIdRule,
  minOsVersionRule,
  packageRule,
  urlRule,
  type ValueRule,
} from './value-rules.ts';

export const CALLED = { ios: 'IOS', android: 'ANDROID' } as const;

/** An optional field: absent is left alone, `null` and an empty text empty it. */
function emptiable(rule: ValueRule) {
  return z.preprocess((value) => (value === '' ? null : value), text(rule).nullable().optional());
}

const name = text(appNameRule);
const customScheme = emptiable(appRule('ios', (customScheme) => ({ customScheme })));
const fingerprintRule = appRule('android', (one) => ({ sha256CertFingerprints: [one] }));

/** An addition of ours that the other platform has: empty, as we answer it, is all it can be. */
function onlyFor(platform: string) {
  return z
    .unknown()
    .optional()
    .refine((value) => value === undefined || value === null || value === '' || isEmptyList(value), {
      error: `is for ${platform} apps; leave it out`,
    });
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

const ios = {
  appStoreFallback: emptiable(urlRule),
  appStoreId: emptiable(appStoreIdRule),
  iosMinVersion: emptiable(minOsVersionRule),
  // Here and below, additions of ours: without team, certificates or scheme no device can open an app from a link.
  teamId: emptiable(appRule('ios', (teamId) => ({ teamId }))),
  customScheme,
  sha256CertFingerprints: onlyFor('Android'),
};
const android = {
  playStoreFallback: emptiable(urlRule),
  androidMinVersion: emptiable(minOsVersionRule),
  sha256CertFingerprints: listOf(text(fingerprintRule), MAX_FINGERPRINTS).nullable().optional(),
  customScheme,
  teamId: onlyFor('iOS'),
};

/** Fields of the other platform are ignored, but for those that are additions of ours. */
export const newApp = z.discriminatedUnion(
  'platform',
  [
    object({ platform: z.literal('IOS'), name, bundleId: text(bundleIdRule), ...ios }),
    object({ platform: z.literal('ANDROID'), name, packageName: text(packageRule), ...android }),
  ],
  {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return 'must be an object';
      return (input as { platform?: unknown }).platform === undefined ? REQUIRED : 'must be IOS or ANDROID';
    },
  },
);

const unchanged = (platform: Platform) =>
  text((value) => (value === CALLED[platform] ? undefined : 'cannot be changed after creation')).optional();

export const appUpdate = {
  ios: object({
    platform: unchanged('ios'),
    name: name.optional(),
    bundleId: text(bundleIdRule).optional(),
    ...ios,
  }),
  android: object({
    platform: unchanged('android'),
    name: name.optional(),
    packageName: text(packageRule).optional(),
    ...android,
  }),
};

export type IosFields = z.output<typeof appUpdate.ios>;
export type AndroidFields = z.output<typeof appUpdate.android>;
