import { customAlphabet } from 'nanoid';
import { BASE62 } from '../db/public-id.ts';

/** A generated code has 62^8 (2 × 10^14) possibilities. */
export const generateCode: () => string = customAlphabet(BASE62, 8);

export const LONGEST_CODE = 100;

const PLAIN = /^[A-Za-z0-9_-]+$/;
const BRAND = /^[\p{L}\p{M}\p{N}_.-]+$/u;

/** First path segments that can never be a link; routes add their own at start-up. */
export const RESERVED_SEGMENTS: readonly string[] = [
  'api',
  'app',
  'v1',
  '1.0',
  'group',
  'stats',
  'qr',
  'check',
  'sw.js',
  'assets',
  'login',
  'dashboard',
  'docs',
  'health',
  'healthz',
  'readyz',
  'metrics',
  'robots.txt',
  'favicon.ico',
  'apple-app-site-association',
  '.well-known',
];

/** Reserved first path segments: compared without regard to case, because people type them so. */
export class ReservedSegments {
  readonly #segments = new Set(RESERVED_SEGMENTS);

  /** @param segment of a route's path: what holds a wildcard or a parameter (`v1*`, `:code`) is no word, and is left */
  add(segment: string): void {
    if (segment !== '' && !/[*:]/.test(segment)) this.#segments.add(segment.toLowerCase());
  }

  has(segment: string): boolean {
    return this.#segments.has(segment.toLowerCase());
  }

  /** In lower case, in no order that means anything. */
  list(): string[] {
    return [...this.#segments];
  }
}

/** Unicode has several spellings of one letter; links know one (NFC). */
export function normalizeCode(code: string): string {
  return code.normalize('NFC');
}

/** @returns what is wrong with a code chosen by hand, or undefined */
export function codeProblem(code: string, reserved: ReservedSegments): string | undefined {
  if (code.length === 0 || code.length > LONGEST_CODE) return `must have 1 to ${LONGEST_CODE} characters`;
  if (!PLAIN.test(code) && !BRAND.test(code)) {
    return 'may contain letters, digits, "-", "_" and "."';
  }
  if (code.startsWith('.') || code.endsWith('.')) return 'must not start or end with "."';
  if (reserved.has(code)) return `"${code}" is a word the product keeps for itself; choose another`;
  return undefined;
}
