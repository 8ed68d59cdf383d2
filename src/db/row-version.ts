import { Failure } from '../errors.ts';

/** @throws Failure `stale` when the caller has seen another version than the current one */
export function requireVersion(current: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== current) {
    throw new Failure(
      'stale',
      `It has been changed meanwhile: the version is ${current}, not ${expected}. Read it again.`,
    );
  }
}
