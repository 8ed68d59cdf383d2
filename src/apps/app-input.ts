import { Failure, type FieldProblem } from '../errors.ts';
import { appDetailsProblems, type Platform } from '../links/link-app.ts';
import { textProblem } from '../links/text.ts';

/** What a caller may say about a saved app; absent fields are left alone, `null` empties one. */
export interface AppInput {
  readonly name?: string | undefined;
  readonly identifier?: string | undefined;
  readonly storeUrl?: string | null | undefined;
  readonly appStoreId?: string | null | undefined;
  readonly minVersion?: string | null | undefined;
  readonly minOsVersion?: string | null | undefined;
  readonly teamId?: string | null | undefined;
  readonly sha256CertFingerprints?: readonly string[] | null | undefined;
  readonly customScheme?: string | null | undefined;
}

export interface NewAppInput extends AppInput {
  readonly platform: Platform;
  readonly name: string;
  readonly identifier: string;
}

export const MAX_FINGERPRINTS = 20;
/** Of a certificate, in either case. */
export const FINGERPRINT = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/i;

/** @throws Failure `invalid`, naming every broken field */
export function checkApp(platform: Platform, input: AppInput): void {
  const problems: FieldProblem[] = [];
  const check = (field: string, problem: string | undefined) => {
    if (problem !== undefined) problems.push({ field, message: problem });
  };
  const { name, identifier, minOsVersion, teamId } = input;
  if (name !== undefined) check('name', textProblem(name, { min: 1, max: 255 }));
  const details = appDetailsProblems(platform, { ...input, identifier: identifier ?? 'com.example' }, '');
  problems.push(...details);
  if (minOsVersion != null) check('minOsVersion', textProblem(minOsVersion, { min: 1, max: 50 }));
  if (teamId != null) check('teamId', teamIdProblem(platform, teamId));
  const fingerprints = input.sha256CertFingerprints ?? [];
  if (fingerprints.length > 0 && platform !== 'android') {
    check('sha256CertFingerprints', 'belongs to Android apps');
  }
  if (fingerprints.length > MAX_FINGERPRINTS) {
    check('sha256CertFingerprints', `must be at most ${MAX_FINGERPRINTS}`);
  } else {
    fingerprints.forEach((fingerprint, index) => {
      if (FINGERPRINT.test(fingerprint)) return;
      const message = 'must be 32 pairs of hexadecimal digits with ":" between them';
      check(`sha256CertFingerprints.${index}`, message);
    });
  }
  if (problems.length > 0) throw Failure.invalid(problems);
}

/** What is wrong with the id of an Apple team, or undefined. */
export function teamIdProblem(platform: Platform, teamId: string): string | undefined {
  if (platform !== 'ios') return 'belongs to iOS apps';
  return /^[A-Z0-9]{10}$/.test(teamId) ? undefined : 'must be the ten letters and digits of your Apple team';
}
