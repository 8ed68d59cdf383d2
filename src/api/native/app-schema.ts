import { z } from 'zod';
import type { App } from '../../apps/app.ts';
import { PLATFORMS } from '../../links/link-app.ts';
import { instant, iso, nextCursor, publicId } from './schema.ts';

export const platform = z.enum(PLATFORMS);
export const appId = publicId.meta({ description: 'A UUID' });
export const appIdParameters = z.object({ id: appId });

/** What a saved app and a link's own description of an app have in common. */
export const appDetails = {
  storeUrl: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'Where visitors without the app go: its page in a store' }),
  appStoreId: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'The digits of the App Store; iOS only', example: '123456789' }),
  minVersion: z.string().nullable().optional().meta({
    description: 'Lowest version of the app itself: handed to the app, which compares it with its own',
    example: '2.0.0',
  }),
};

export const identifier = z
  .string()
  .meta({ description: 'iOS bundle id or Android package name', example: 'com.example.app' });

export const customScheme = z.string().nullable().optional().meta({ description: '`myapp` of `myapp://`' });

const written = {
  ...appDetails,
  minOsVersion: z.string().nullable().optional().meta({
    description: 'Lowest iOS version or Android API level it runs on; kept for you, and told to no app',
    example: '14.0',
  }),
  teamId: z
    .string()
    .nullable()
    .optional()
    .meta({ description: 'Ten letters and digits of your Apple team; for universal links' }),
  sha256CertFingerprints: z
    .array(z.string())
    .nullable()
    .optional()
    .meta({ description: 'Of the certificates that sign the Android app; for app links' }),
  customScheme,
};

export const newApp = z
  .strictObject({ platform, name: z.string(), identifier, ...written })
  .meta({ id: 'NewApp' });

export const appPatch = z
  .strictObject({ name: z.string().optional(), identifier: identifier.optional(), ...written })
  .meta({ id: 'AppPatch', description: 'Absent fields are left alone; every link of the app follows' });

export const app = z
  .object({
    id: appId,
    platform,
    name: z.string(),
    identifier: z.string(),
    storeUrl: z.string().nullable(),
    appStoreId: z.string().nullable(),
    minVersion: z.string().nullable(),
    minOsVersion: z.string().nullable(),
    teamId: z.string().nullable(),
    sha256CertFingerprints: z.array(z.string()),
    customScheme: z.string().nullable(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'App' });

export const appPage = z.object({ apps: z.array(app), nextCursor }).meta({ id: 'AppPage' });

export function appToApi(one: App): z.infer<typeof app> {
  const { id: _, publicId, projectId: __, sha256CertFingerprints, createdAt, updatedAt, ...rest } = one;
  return {
    id: publicId,
    ...rest,
    sha256CertFingerprints: [...sha256CertFingerprints],
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}
