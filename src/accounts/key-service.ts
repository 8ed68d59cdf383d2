import type { Selectable } from 'kysely';
import type { Database, Tx } from '../db/database.ts';
import { newPublicId } from '../db/public-id.ts';
import type { ApiKeyTable } from '../db/tables/config-tables.ts';
import { Failure } from '../errors.ts';
import { type ApiKey, generateApiKey, generatePublishableKey, hashApiKey, hintOf } from './api-key.ts';
import { type AppIdentity, PUBLISHABLE_SCOPES } from './app-restriction.ts';
import { allows, type Scope } from './scope.ts';

export interface NewKey {
  readonly projectId: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | null;
  /** Makes the key a publishable one, for these apps. */
  readonly apps?: readonly AppIdentity[] | null;
}

/** Keys seen lately, by hash. Unknown ones are not remembered: they are looked up again, and cannot fill memory. */
const REMEMBERED = 10_000;

export class KeyService {
  readonly #database: Database;
  readonly #known = new Map<string, ApiKey>();
  #generation = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Forgets what is remembered about keys; called when one has changed, here or elsewhere. */
  forget(): void {
    this.#generation++;
    this.#known.clear();
  }

  /** @throws Failure `unauthenticated`, `key-expired` */
  async authenticate(presented: string | undefined, now: number): Promise<ApiKey> {
    if (!presented) throw new Failure('unauthenticated', 'An API key is required');
    const hash = hashApiKey(presented);
    const key = this.#known.get(hash) ?? (await this.#find(hash));
    if (!key || key.revokedAt !== null)
      throw new Failure('unauthenticated', 'The API key is unknown or was revoked');
    if (key.expiresAt !== null && key.expiresAt <= now) {
      throw new Failure('key-expired', `The API key expired at ${new Date(key.expiresAt).toISOString()}`);
    }
    return key;
  }

  async #find(hash: string): Promise<ApiKey | undefined> {
    const generation = this.#generation;
    const row = await this.#database.read
      .selectFrom('api_key')
      .selectAll()
      .where('key_hash', '=', hash)
      .executeTakeFirst();
    if (!row) return undefined;
    const key = keyFromRow(row);
    // Revoked while it was being read: what was read is used for this request and not remembered.
    if (generation === this.#generation) {
      if (this.#known.size >= REMEMBERED) this.#known.clear();
      this.#known.set(hash, key);
    }
    return key;
  }

  async list(projectId: number): Promise<ApiKey[]> {
    const rows = await this.#database.read
      .selectFrom('api_key')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('revoked_at', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(keyFromRow);
  }

  /** Whether there is any key at all, revoked ones included. */
  async any(tx: Tx): Promise<boolean> {
    return (await tx.db.selectFrom('api_key').select('id').limit(1).executeTakeFirst()) !== undefined;
  }

  /**
   * @param granter whose rights bound the new key's: nobody gives away more than they have
   * @param chosen a key to make valid instead of a generated one
   * @returns the key itself, for the only time
   * @throws Failure `forbidden`, `invalid` when a publishable key is to do more than such a key may
   */
  async create(
    tx: Tx,
    input: NewKey,
    granter: readonly Scope[] = ['*'],
    chosen?: string,
  ): Promise<{ readonly apiKey: ApiKey; readonly secret: string }> {
    const { apps = null } = input;
    if (apps !== null) requirePublishable(input.scopes);
    const beyond = input.scopes.filter((scope) => !allows(granter, scope));
    if (beyond.length > 0) {
      throw new Failure(
        'forbidden',
        `This key cannot give away scopes it does not have: ${beyond.join(', ')}`,
      );
    }
    const secret = chosen ?? (apps === null ? generateApiKey() : generatePublishableKey());
    const row = await tx.db
      .insertInto('api_key')
      .values({
        public_id: newPublicId('key'),
        project_id: input.projectId,
        name: input.name,
        key_hash: hashApiKey(secret),
        hint: hintOf(secret),
        scopes: JSON.stringify(input.scopes),
        app_restriction: apps === null ? null : JSON.stringify(apps),
        expires_at: input.expiresAt,
        created_at: Date.now(),
        revoked_at: null,
        last_used_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    const apiKey = keyFromRow(row);
    record(tx, apiKey, 'created');
    return { apiKey, secret };
  }

  /** Makes a key given by the operator valid. It stays as it is when it exists, unless it was revoked by hand. */
  async ensureBootstrap(tx: Tx, projectId: number, secret: string): Promise<void> {
    const existing = await tx.db
      .selectFrom('api_key')
      .select('id')
      .where('key_hash', '=', hashApiKey(secret))
      .executeTakeFirst();
    if (existing) return;
    await this.create(tx, { projectId, name: 'bootstrap', scopes: ['*'], expiresAt: null }, ['*'], secret);
  }

  /** @throws Failure `not-found` */
  async revoke(tx: Tx, projectId: number, publicId: string): Promise<void> {
    const row = await tx.db
      .updateTable('api_key')
      .set({ revoked_at: Date.now() })
      .where('project_id', '=', projectId)
      .where('public_id', '=', publicId)
      .where('revoked_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw Failure.notFound(`Key ${publicId}`);
    record(tx, keyFromRow(row), 'deleted');
  }
}

function requirePublishable(scopes: readonly Scope[]): void {
  const allowed: readonly Scope[] = PUBLISHABLE_SCOPES;
  if (scopes.every((scope) => allowed.includes(scope))) return;
  throw Failure.invalidField('scopes', `of a publishable key may only be ${allowed.join(' and ')}`);
}

function record(tx: Tx, key: ApiKey, action: 'created' | 'deleted'): void {
  tx.record({
    entity: 'api-key',
    entityId: key.id,
    publicId: key.publicId,
    projectId: key.projectId,
    action,
    version: 1,
    data:
      action === 'created'
        ? {
            name: { from: null, to: key.name },
            scopes: { from: null, to: key.scopes },
            ...(key.apps === null ? {} : { apps: { from: null, to: key.apps } }),
          }
        : {},
    codes: [],
  });
}

function keyFromRow(row: Selectable<ApiKeyTable>): ApiKey {
  return {
    id: row.id,
    publicId: row.public_id,
    projectId: row.project_id,
    name: row.name,
    hint: row.hint,
    scopes: JSON.parse(row.scopes),
    apps: row.app_restriction === null ? null : JSON.parse(row.app_restriction),
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
