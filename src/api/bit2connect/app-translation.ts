import type { App } from '../../apps/app.ts';
import type { AppInput, NewAppInput } from '../../apps/app-input.ts';
import { type AndroidFields, appUpdate, CALLED, type IosFields, newApp } from './app-schema.ts';
import { utc } from './envelope.ts';
import { readBody } from './request-input.ts';

/** @throws Refusal */
export function newAppInput(body: unknown): NewAppInput {
  const app = readBody(newApp, body);
  const { name } = app;
  return app.platform === 'IOS'
    ? { ...iosInput(app), platform: 'ios', name, identifier: app.bundleId }
    : { ...androidInput(app), platform: 'android', name, identifier: app.packageName };
}

/** @throws Refusal */
export function appUpdateInput({ platform }: App, body: unknown): AppInput {
  return platform === 'ios'
    ? iosInput(readBody(appUpdate.ios, body))
    : androidInput(readBody(appUpdate.android, body));
}

function iosInput(fields: Omit<IosFields, 'platform'>): AppInput {
  const { name, bundleId, appStoreFallback, appStoreId, iosMinVersion, teamId, customScheme } = fields;
  return {
    name,
    identifier: bundleId,
    storeUrl: appStoreFallback,
    appStoreId,
    minOsVersion: iosMinVersion,
    teamId,
    customScheme,
  };
}

function androidInput(fields: Omit<AndroidFields, 'platform'>): AppInput {
  const { name, packageName, playStoreFallback, androidMinVersion, sha256CertFingerprints, customScheme } =
    fields;
  return {
    name,
    identifier: packageName,
    storeUrl: playStoreFallback,
    minOsVersion: androidMinVersion,
    sha256CertFingerprints,
    customScheme,
  };
}

/** Always with the fields of both platforms, those of the other one `null`. */
export function appToClient(app: App) {
  const ios = app.platform === 'ios' ? app : undefined;
  const android = app.platform === 'android' ? app : undefined;
  return {
    id: app.publicId,
    name: app.name,
    platform: CALLED[app.platform],
    bundleId: ios?.identifier ?? null,
    appStoreFallback: ios?.storeUrl ?? null,
    appStoreId: ios?.appStoreId ?? null,
    iosMinVersion: ios?.minOsVersion ?? null,
    packageName: android?.identifier ?? null,
    playStoreFallback: android?.storeUrl ?? null,
    androidMinVersion: android?.minOsVersion ?? null,
    teamId: ios?.teamId ?? null,
    sha256CertFingerprints: android?.sha256CertFingerprints ?? null,
    customScheme: app.customScheme,
    createdAt: utc(app.createdAt),
    updatedAt: utc(app.updatedAt),
  };
}
