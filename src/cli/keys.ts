import { type AppIdentity, PUBLISHABLE_SCOPES } from '../accounts/app-restriction.ts';
import { KeyService } from '../accounts/key-service.ts';
import { ProjectService } from '../accounts/project-service.ts';
import { SCOPES, type Scope } from '../accounts/scope.ts';
import { WebhookEndpointService } from '../accounts/webhook-endpoint-service.ts';
import { decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import type { Database } from '../db/database.ts';
import { identifierProblem, PLATFORMS } from '../links/link-app.ts';
import { OperatorError } from './operator-error.ts';
import { callJson, callServer, withServerOrStore } from './server-or-store.ts';

interface ListedKey {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[];
  readonly apps: readonly AppIdentity[] | null;
  readonly expiresAt: string | null;
  readonly createdAt: string;
}

export async function createKey(
  name: string,
  options: { scope?: string[]; expires?: string; publishable?: string[] },
): Promise<void> {
  const apps = options.publishable?.map(appNamed) ?? null;
  const scopes = (options.scope ?? [apps === null ? '*' : PUBLISHABLE_SCOPES[0]]).map(scopeNamed);
  const expiresAt = options.expires === undefined ? null : instantNamed(options.expires);
  const created = await withServerOrStore(
    async (server) =>
      (await callJson(server, 'POST', '/keys', {
        name,
        scopes,
        ...(apps === null ? {} : { apps }),
        expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
      })) as { id: string; key: string },
    async ({ database }) => {
      const keys = new KeyService(database);
      const project = await defaultProject(database);
      return await database.transact('cli', async (tx) => {
        const input = { projectId: project.id, name, scopes, apps, expiresAt };
        const { apiKey, secret } = await keys.create(tx, input);
        return { id: apiKey.publicId, key: secret };
      });
    },
  );
  console.error(`Key ${created.id} (${name}). It is shown only now:`);
  console.log(created.key);
}

export async function listKeys(): Promise<void> {
  const keys = await withServerOrStore(
    async (server) => ((await callJson(server, 'GET', '/keys')) as { keys: ListedKey[] }).keys,
    async ({ database }) => {
      const project = await defaultProject(database);
      const found = await new KeyService(database).list(project.id);
      return found.map((key) => ({
        id: key.publicId,
        name: key.name,
        hint: key.hint,
        scopes: key.scopes,
        apps: key.apps,
        expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
        createdAt: new Date(key.createdAt).toISOString(),
      }));
    },
    { makesStore: false },
  );
  if (keys.length === 0) console.error('There are no keys. Make one with: switchyard keys create <name>');
  for (const { id, hint, name, scopes, apps, expiresAt } of keys) {
    const forApps = (apps ?? []).map(({ platform, identifier }) => `${platform}:${identifier}`);
    console.log([id, hint, name, [...scopes, ...forApps].join(' '), expiresAt ?? 'never expires'].join('\t'));
  }
}

export async function revokeKey(id: string): Promise<void> {
  await withServerOrStore(
    async (server) => {
      await callServer(server, 'DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);
    },
    async ({ database }) => {
      const project = await defaultProject(database);
      await database.transact('cli', (tx) => new KeyService(database).revoke(tx, project.id, id));
    },
    { makesStore: false },
  );
  console.error(`Key ${id} is revoked.`);
}

async function defaultProject(database: Database) {
  const { timeZone, homeCountry, allowPrivateTargets } = decideConfig(readEnv());
  const projects = new ProjectService(database, new WebhookEndpointService(database, allowPrivateTargets));
  await database.transact('cli', async (tx) => {
    await database.takeTurn(tx);
    await projects.ensureDefault(tx, { timeZone, homeCountry });
  });
  return await projects.loadDefault();
}

function scopeNamed(text: string): Scope {
  const scope = SCOPES.find((known) => known === text);
  if (!scope) throw new OperatorError(`There is no scope "${text}". There are: ${SCOPES.join(', ')}`);
  return scope;
}

/** @param text such as `ios:com.example.app` */
function appNamed(text: string): AppIdentity {
  const colon = text.indexOf(':');
  const identifier = text.slice(colon + 1);
  const platform = PLATFORMS.find((known) => known === text.slice(0, Math.max(0, colon)));
  if (!platform)
    throw new OperatorError(`"${text}" names no app. Write ios:<bundle id> or android:<package name>.`);
  const problem = identifierProblem(platform, identifier);
  if (problem) throw new OperatorError(`"${identifier}" ${problem}.`);
  return { platform, identifier };
}

function instantNamed(text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new OperatorError(`"${text}" is not a date such as 2027-01-01T00:00:00Z.`);
  return instant;
}
