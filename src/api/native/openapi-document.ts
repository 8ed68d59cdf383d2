import { readFileSync } from 'node:fs';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The frame of the OpenAPI document; paths and schemas are taken from the routes themselves. */
export const OPENAPI: NonNullable<FastifyDynamicSwaggerOptions['openapi']> = {
  openapi: '3.1.0',
  info: {
    title: 'Switchyard API',
    version,
    description:
      'Short links and deep links that follow their group at once. Every call carries an API key: `Authorization: Bearer sy_…`.\n\n' +
      '**Settings** are three-valued: `null` is unset, `false` is explicitly off, anything else is the value. The effective setting of a link is its group’s if the group has it set, else its own, else the default; `GET /links/{id}/explain` shows which.\n\n' +
      '**Errors** are RFC 9457 problems; `code` is stable and `errors` names every broken field.\n\n' +
      '**Lost updates** are avoided with `ETag` and `If-Match`; **repeated POSTs** with `Idempotency-Key` (kept for 24 hours).',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'This installation' }],
  tags: [
    { name: 'links', description: 'Short links' },
    { name: 'groups', description: 'Groups: one change switches all their links' },
    { name: 'apps', description: 'Saved mobile apps that links name and follow' },
    { name: 'domains', description: 'Short domains' },
    { name: 'project', description: 'The project a key belongs to' },
    { name: 'keys', description: 'API keys' },
    { name: 'statistics', description: 'Clicks and visitors, over time and by what they differ in' },
    { name: 'webhooks', description: 'Receivers of webhooks: their secrets, tests, and how they do' },
    {
      name: 'deliveries',
      description: 'What was sent to whom by webhook, mail and push, and what came of it',
    },
    { name: 'notifications', description: 'Browsers of the project’s own people' },
    { name: 'push', description: 'Visitors who have subscribed through links, and messages to them' },
    { name: 'transfer', description: 'Links of other services in, everything out' },
    { name: 'changes', description: 'Who changed what, and when' },
  ],
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
      apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-KEY', description: 'An API key' },
    },
  },
  security: [{ bearer: [] }, { apiKeyHeader: [] }],
};

const ETAG = { description: 'The version, for `If-Match`', schema: { type: 'string', example: '"3"' } };

interface DocumentedAnswer {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: { $ref?: string } }>;
}

interface Documented {
  readonly paths: Record<string, Record<string, { responses: Record<string, DocumentedAnswer> }>>;
  readonly components: { readonly schemas: Record<string, { properties?: Record<string, unknown> }> };
}

/** Says in words what a success is, and which of them carry an `ETag`: those of what has a version. */
export function describeAnswers<Document extends object>(document: Document): Document {
  const { paths, components } = document as unknown as Documented;
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const [status, answer] of Object.entries(operation.responses)) {
      if (answer.description === 'Default Response') {
        answer.description = status === '201' ? 'Created' : 'As asked for';
      }
      const name = answer.content?.['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
      if (components.schemas[name]?.properties?.version) answer.headers = { ETag: ETAG };
    }
  }
  return document;
}
