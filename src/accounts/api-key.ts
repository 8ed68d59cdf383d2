import { createHash } from 'node:crypto';
import { customAlphabet } from 'nanoid';
import { BASE62 } from '../db/public-id.ts';
import type { AppIdentity } from './app-restriction.ts';
import type { Scope } from './scope.ts';

export interface ApiKey {
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly name: string;
  /** First characters, to tell keys apart; the key itself is kept nowhere. */
  readonly hint: string;
  readonly scopes: readonly Scope[];
  /** Of a publishable key: the only apps it may act for. Null: it is a key of servers. */
  readonly apps: readonly AppIdentity[] | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** 238 bits: hashing it once is enough, there is nothing to guess. */
const random = customAlphabet(BASE62, 40);

export function generateApiKey(): string {
  return `sy_${random()}`;
}

/** Says of itself that it may be found in an app, to whoever reads code or looks for leaked keys. */
export function generatePublishableKey(): string {
  return `${PUBLISHABLE_PREFIX}${random()}`;
}

const PUBLISHABLE_PREFIX = 'sy_pub_';

export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

export function hintOf(key: string): string {
  const shown = key.startsWith(PUBLISHABLE_PREFIX) ? PUBLISHABLE_PREFIX.length + 4 : 7;
  return `${key.slice(0, shown)}…`;
}
