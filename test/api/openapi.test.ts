import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SQLITE } from '../support/engines.ts';
import { Api, type Json } from './api.ts';
import { OPERATIONS } from './operations.ts';

const run = promisify(execFile);
const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

interface Documented {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

describe('the OpenAPI document', () => {
  let api: Api;
  let document: Json;
  let operations: Documented[];
  beforeAll(async () => {
    api = await Api.open(SQLITE);
    const answer = await api.send('GET', '/api/openapi.json', undefined, {});
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': /^application\/json/ } });
    document = answer.json;
    operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
      Object.entries<Json>(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
  });
  afterAll(() => api.close());

  const nameOf = ({ method, path }: Documented) => `${method} ${path}`;

  test('is OpenAPI 3.1 and has a reference page', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const page = await api.send('GET', '/api/docs/', undefined, {});
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
  });

  test('passes the linter', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchyard-openapi-'));
    try {
      const file = join(folder, 'openapi.json');
      writeFileSync(file, JSON.stringify(document));
      const lint = run(
        process.execPath,
        [
          inRoot('node_modules/@redocly/cli/bin/cli.js'),
          'lint',
          file,
          '--config',
          inRoot('test/api/redocly.yaml'),
          '--format',
          'json',
        ],
        { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
      ).catch((error) => error as { stdout: string; stderr: string });
      const { stdout, stderr } = await lint;
      const { problems } = JSON.parse(stdout || `{"problems":${JSON.stringify([stderr])}}`);
      expect(
        problems.map(
          (problem: Json) => `${problem.ruleId}: ${problem.message} (${problem.location?.[0]?.pointer})`,
        ),
      ).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('is the committed openapi.json', () => {
    const file = inRoot('openapi.json');
    const committed = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    expect(committed, 'openapi.json is missing or stale: run npm run docs').toEqual(document);
  });

  test('lists exactly the operations the other suites know', () => {
    const documented = operations.map(
      ({ method, path, operation }) => `${operation.operationId} ${method} ${path}`,
    );
    expect(documented.sort()).toEqual(
      OPERATIONS.map(({ id, method, path }) => `${id} ${method} /api/v1${path}`).sort(),
    );
  });

  test('each operation has a name, a summary, a tag that is explained, and a key', () => {
    const tags = new Set(document.tags.map(({ name }: Json) => name));
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of operations) {
      const { operationId, summary, tags: own, security } = one.operation;
      expect(operationId, nameOf(one)).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary, nameOf(one)).toMatch(/^[A-Z].{5,}[^.]$/);
      expect(own?.length, nameOf(one)).toBeGreaterThan(0);
      for (const tag of own) expect(tags, nameOf(one)).toContain(tag);
      expect((security ?? document.security).length, nameOf(one)).toBeGreaterThan(0);
      for (const scheme of security ?? document.security) {
        for (const name of Object.keys(scheme))
          expect(document.components.securitySchemes).toHaveProperty(name);
      }
    }
  });

  test('each operation documents the errors it can answer with, as problems', () => {
    const missing: string[] = [];
    for (const one of operations) {
      const { responses, requestBody, parameters = [] } = one.operation;
      const wanted = new Set(['400', '401', '403', '503']);
      if (one.path.includes('{id}')) wanted.add('404');
      if (requestBody) for (const status of ['413', '415', '422']) wanted.add(status);
      // An id, a query or a header can break a rule as well.
      if (parameters.length > 0) wanted.add('422');
      if (parameters.some(({ name }: Json) => name.toLowerCase() === 'if-match')) wanted.add('412');
      if (parameters.some(({ name }: Json) => name.toLowerCase() === 'idempotency-key')) wanted.add('409');
      for (const status of wanted) {
        const content = responses[status]?.content?.['application/problem+json'];
        if (!content) missing.push(`${one.operation.operationId} ${status}`);
        else expect(content.schema).toEqual({ $ref: '#/components/schemas/Problem' });
      }
    }
    expect(missing).toEqual([]);
  });

  test('every answer says in words what it is', () => {
    const wordless = operations.flatMap((one) =>
      Object.entries<Json>(one.operation.responses)
        .filter(([, { description }]) => !description || description === 'Default Response')
        .map(([status]) => `${one.operation.operationId} ${status}`),
    );
    expect(wordless).toEqual([]);
  });

  test('what is answered with an ETag says so', () => {
    const silent = [
      'getLink',
      'updateLink',
      'createLink',
      'getGroup',
      'updateGroup',
      'createGroup',
      'getProject',
      'updateProject',
    ].filter((id) => {
      const { responses } = operations.find(({ operation }) => operation.operationId === id)?.operation ?? {};
      return !(responses['200'] ?? responses['201'])?.headers?.ETag;
    });
    expect(silent).toEqual([]);
  });
});
