import { createHash } from 'node:crypto';
import { customAlphabet } from 'nanoid';
import { BASE62 } from '../db/public-id.ts';
import type { Scope } from './scope.ts';

export interface ApiKey {
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly name: string;
  /** First characters, to tell keys apart; the key itself is kept nowhere. */
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** 238 bits: hashing it once is enough, there is nothing to guess. */
export const generateApiKey: () => string = (() => {
  const random = customAlphabet(BASE62, 40);
  return () => `sy_${random()}`;
})();

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function hintOf(key: string): string {
  return `${key.slice(0, 7)}…`;
}
