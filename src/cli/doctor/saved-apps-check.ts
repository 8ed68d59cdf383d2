import type { AssociatedApp } from '../../apps/associated-apps.ts';
import { type LeftOut, LONGEST_FILE_BYTES } from '../../deeplinks/association/host-files.ts';
import type { Finding } from './finding.ts';

/** What the two files say; undefined where one could not be read. */
export interface ServedApps {
  readonly appIds: readonly string[] | undefined;
  readonly certificates: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * Whether the files name the apps that are saved here: all of them, and as they are now.
 *
 * @param leftOut apps that the server itself has found no room for
 */
export function judgeSavedApps(
  saved: readonly AssociatedApp[],
  { appIds, certificates }: ServedApps,
  leftOut: LeftOut = { ios: [], android: [] },
): Finding[] {
  const findings: Finding[] = [];
  const say = (platform: string, level: Finding['level'], text: string) =>
    findings.push({ check: `${platform}-saved`, level, text });
  for (const { platform, identifier, teamId, sha256CertFingerprints } of distinct(saved)) {
    if (platform === 'ios' && teamId === null) {
      say(
        'ios',
        'warn',
        `iOS cannot verify ${identifier}, so links do not open it: save its team id (teamId)`,
      );
    } else if (platform === 'ios' && leftOut.ios.includes(`${teamId}.${identifier}`)) {
      say('ios', 'bad', `${teamId}.${identifier} finds no room in the file for iOS: ${TOO_MUCH}`);
    } else if (platform === 'ios' && appIds === undefined) {
      say('ios', 'bad', `${teamId}.${identifier} is saved here, and there is no file for iOS that names it`);
    } else if (platform === 'ios' && !appIds?.includes(`${teamId}.${identifier}`)) {
      say(
        'ios',
        'bad',
        `the file for iOS does not name ${teamId}.${identifier}, which is saved here: ${OLDER}`,
      );
    } else if (platform === 'android' && sha256CertFingerprints.length === 0) {
      const text = `Android cannot verify ${identifier}, so links do not open it: add its SHA-256 fingerprint, as Google Play shows it under app signing (sha256CertFingerprints)`;
      say('android', 'warn', text);
    } else if (platform === 'android' && leftOut.android.includes(identifier)) {
      say('android', 'bad', `${identifier} finds no room in the file for Android: ${TOO_MUCH}`);
    } else if (platform === 'android' && certificates === undefined) {
      say('android', 'bad', `${identifier} is saved here, and there is no file for Android that names it`);
    } else if (platform === 'android') {
      const served = certificates?.get(identifier) ?? [];
      const missing = sha256CertFingerprints.filter((one) => !served.includes(one));
      if (missing.length === 0) continue;
      const what = served.length === 0 ? identifier : `the certificate ${missing[0]} of ${identifier}`;
      say('android', 'bad', `the file for Android does not name ${what}, which is saved here: ${OLDER}`);
    }
  }
  if (findings.length > 0 || saved.length === 0) return findings;
  return [{ check: 'saved', level: 'ok', text: 'the files name every app that is saved here' }];
}

const TOO_MUCH = `devices read ${LONGEST_FILE_BYTES / 1024} kB of it; delete apps or path prefixes that nobody needs, or give a project a domain of its own`;
const OLDER = 'what stands before the server has an older file, or one of its own';

/** An app that was saved twice is complained of once. */
function distinct(saved: readonly AssociatedApp[]): AssociatedApp[] {
  return [...new Map(saved.map((app) => [JSON.stringify({ ...app, projectId: 0 }), app])).values()];
}
