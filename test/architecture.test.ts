import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it, test } from 'vitest';

/**
 * The dependency rule (`docs/architecture.md`): which folder of `src` may import from which others. Whoever needs a
 * way that is not here adds it here, and says why in the commit.
 *
 *     main -> cli -> app -> api -> features -> db -> observability
 *     visits -> links, deeplinks, clicks and nothing that waits
 */
const FEATURES = ['links', 'apps', 'accounts', 'clicks', 'reactions', 'deeplinks', 'qr', 'transfer'];
const BELOW_FEATURES = ['outbound', 'db', 'observability'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli', 'config'],
  cli: ['app', 'config', 'backup', ...FEATURES, ...BELOW_FEATURES],
  app: ['api', 'visits', 'config', ...FEATURES, ...BELOW_FEATURES],
  api: ['visits', ...FEATURES, ...BELOW_FEATURES],
  visits: ['links', 'deeplinks', 'clicks', 'db'],
  ...Object.fromEntries(FEATURES.map((feature) => [feature, [...FEATURES, ...BELOW_FEATURES]])),
  // Knows tables, and nothing of what they mean.
  backup: ['db'],
  // What the shape of a decided value is belongs to who uses the value; config imports no service (see below).
  config: ['db', 'accounts', 'observability'],
  // Calls to addresses that others have named.
  outbound: [],
  db: ['observability'],
  observability: [],
  // Words that everybody speaks: imported from everywhere, importing nothing.
  'csv-field.ts': [],
  'errors.ts': [],
  'escape-html.ts': [],
  'languages.ts': [],
  'peer-address.ts': [],
  'set-members.ts': [],
};
const EVERYBODY_S = [
  'csv-field.ts',
  'errors.ts',
  'escape-html.ts',
  'languages.ts',
  'peer-address.ts',
  'set-members.ts',
];

/** Files beside `src` that are data, not code of another part of the product. */
const DATA_OUTSIDE = ['package.json', 'openapi.json'];

/** What a room's services are made of: nobody else's business. */
const BEHIND_SERVICES = /^src\/links\/(finding|editing|groups)\//;

const SAYS_NOTHING = /^(utils?|helpers?|common|types?|misc|shared|lib|index)$/;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Path below the root of the repository, for a relative import. */
  readonly to: string | undefined;
  /**
   * `import type` alone: gone when the program runs. `import { type X }` is not: with `verbatimModuleSyntax` the
   * module is still loaded.
   */
  readonly typeOnly: boolean;
}

/** Sources by path from the root of the repository, such as `src/links/link.ts`. */
type Sources = ReadonlyMap<string, string>;

/** Every breach of the rule, one sentence each. Tests and what only tests use (`testing/`) are not looked at. */
function breaches(all: Sources): string[] {
  const sources = new Map(
    [...all].filter(([path]) => !path.endsWith('.test.ts') && !path.includes('/testing/')),
  );
  const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
  return [
    ...[...sources.keys()].flatMap(misnamed),
    ...[...sources].flatMap(([path, text]) => misbehaving(path, withoutComments(text))),
    ...imports.flatMap(misdirected),
    ...cyclesBetweenFolders(imports),
  ];
}

function importsOf(from: string, text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[\w*{][^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm,
  );
  const calls = text.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g);
  return [
    ...[...statements].map(([, type, specifier = '']) => ({ specifier, typeOnly: type !== undefined })),
    ...[...calls].map(([, specifier = '']) => ({ specifier, typeOnly: false })),
  ].map(({ specifier, typeOnly }) => ({
    from,
    specifier,
    to: specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined,
    typeOnly,
  }));
}

/** `src/links/link.ts` -> `links`; a file that stands in `src` itself is its own room. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? path;
}

function misnamed(path: string): string[] {
  const parts = path.split('/').slice(1);
  const names = parts.map((part) => part.replace(/(\.d)?\.ts$/, ''));
  const found: string[] = [];
  for (const name of names) {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) found.push(`${path}: "${name}" is not kebab-case`);
    if (SAYS_NOTHING.test(name)) found.push(`${path}: "${name}" says nothing about what is in it`);
  }
  if (!(roomOf(path) in MAY_IMPORT)) found.push(`${path}: "${roomOf(path)}" is no room of the house`);
  return found;
}

function misbehaving(path: string, code: string): string[] {
  const found: string[] = [];
  const room = roomOf(path);
  if (room !== 'config' && /\bprocess\.env\b|\bprocess\[|\benv\b[^;]*from 'node:process'/.test(code)) {
    found.push(`${path}: only config/ reads the environment`);
  }
  if (room !== 'db' && /([!=]==?\s*|\bcase )['"](sqlite|postgres)/i.test(code)) {
    found.push(`${path}: asks for an engine by name; ask the dialect for a capability`);
  }
  if (/^export\s+default\b|\bas default\b/m.test(code)) found.push(`${path}: has a default export`);
  return found;
}

function misdirected({ from, specifier, to, typeOnly }: Import): string[] {
  const room = roomOf(from);
  const refuse = (why: string): string[] => [`${from}: imports ${specifier}, ${why}`];
  if (room !== 'db' && /sqlite|postgres|^pg\b/i.test(specifier)) {
    return refuse('and only db/ knows which engines there are');
  }
  if (to === undefined) return [];
  if (!to.startsWith('src/')) return DATA_OUTSIDE.includes(to) ? [] : refuse('which is outside src');
  if (/\/testing\/|\.test\.ts$/.test(to)) return refuse('which is for tests');

  const target = roomOf(to);
  if (target === room) {
    const [, , surface, inside] = from.split('/');
    const [, , otherSurface, otherInside] = to.split('/');
    const crosses =
      room === 'api' && inside !== undefined && otherInside !== undefined && surface !== otherSurface;
    return crosses ? refuse('another surface: what both need belongs to the core') : [];
  }
  if (EVERYBODY_S.includes(target)) return [];
  if (!MAY_IMPORT[room]?.includes(target)) return refuse(`and ${room} may not import from ${target}`);
  if (BEHIND_SERVICES.test(to)) return refuse(`which stands behind a service of ${target}`);
  if (to.endsWith('-repository.ts')) return refuse(`the repository of ${target}: call its service`);
  if (room === 'config' && /-(service|repository)\.ts$/.test(to)) return refuse('which does I/O');
  if (room === 'visits')
    return onHotPath(to, typeOnly) ? [] : refuse('and the way of a visit stays free of it');
  return [];
}

/** A visit runs pure rules and appends clicks. Of everything else it knows the types it is handed. */
function onHotPath(to: string, typeOnly: boolean): boolean {
  if (to.startsWith('src/db/')) return typeOnly && to === 'src/db/change.ts';
  if (to.startsWith('src/clicks/')) return typeOnly || to === 'src/clicks/click-record.ts';
  return typeOnly || !/-(service|repository|lookup|routes)\.ts$/.test(to);
}

/**
 * Imports of types count too: a folder that cannot be understood without another that cannot be understood without
 * it is one folder in two places, whatever is left of it at run time.
 */
function cyclesBetweenFolders(imports: readonly Import[]): string[] {
  const edges = new Map<string, Map<string, string>>();
  for (const { from, to } of imports) {
    if (!to?.startsWith('src/') || roomOf(from) === roomOf(to)) continue;
    const targets = edges.get(roomOf(from)) ?? new Map<string, string>();
    targets.set(roomOf(to), `${from} imports ${to}`);
    edges.set(roomOf(from), targets);
  }
  const found = new Map<string, string>();
  const walk = (room: string, path: readonly string[]): void => {
    const start = path.indexOf(room);
    if (start >= 0) {
      const cycle = path.slice(start);
      const name = [...cycle].sort().join();
      const reasons = cycle.map((from, at) => edges.get(from)?.get(cycle[at + 1] ?? room));
      if (!found.has(name))
        found.set(name, `${[...cycle, room].join(' -> ')} is a cycle: ${reasons.join('; ')}`);
      return;
    }
    for (const next of edges.get(room)?.keys() ?? []) walk(next, [...path, room]);
  };
  for (const room of edges.keys()) walk(room, []);
  return [...found.values()];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

function readSources(root: string): Sources {
  const sources = new Map<string, string>();
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const path = join(entry.parentPath, entry.name);
    sources.set(posix.relative(root, path), readFileSync(path, 'utf8'));
  }
  return sources;
}

test('the house keeps its rule', () => {
  const sources = readSources(join(import.meta.dirname, '..'));
  expect(sources.size, 'files looked at').toBeGreaterThan(50);
  expect(breaches(sources)).toEqual([]);
});

describe('the rule itself', () => {
  const check = (files: Readonly<Record<string, string>>) => breaches(new Map(Object.entries(files)));
  const line = (path: string, text: string) => check({ [path]: text });

  it('has nothing to say about a house in order', () => {
    expect(
      check({
        'src/main.ts': "import { run } from './cli/command-line.ts';\nrun();\n",
        'src/cli/command-line.ts': "import { serve } from '../app/app.ts';\nexport const run = serve;\n",
        'src/app/app.ts': [
          "import { createServer } from 'node:http';",
          "import packageJson from '../../package.json' with { type: 'json' };",
          "import { routes } from '../api/native/link-routes.ts';",
          "import { decide } from '../visits/decide.ts';",
          'export const serve = () => [createServer, packageJson, routes, decide];',
        ].join('\n'),
        'src/api/native/link-routes.ts':
          "import {\n  type Link,\n  LinkService,\n} from '../../links/link-service.ts';\nimport { send } from '../http.ts';\n",
        'src/api/http.ts': "import { native } from './native/link-routes.ts';\n",
        'src/links/link-service.ts': "import { LinkRepository } from './link-repository.ts';\n",
        'src/links/link-repository.ts':
          "import { sql } from 'kysely';\nimport { open } from '../db/open.ts';\n",
        'src/visits/decide.ts':
          "import type { Change } from '../db/change.ts';\nimport { Failure } from '../errors.ts';\nimport type { Lookup } from '../links/link-lookup.ts';\n",
        'src/db/open.ts':
          "import Sqlite from 'better-sqlite3';\nimport pg from 'pg';\nif (name === 'sqlite') open();\n",
        'src/config/env.ts': 'export const env = process.env;\n',
        'src/links/link.test.ts': "import '../api/http.ts';\nprocess.env.X = '1';\n",
        'src/clicks/testing/any-click.ts': "import '../../api/http.ts';\n",
        'src/links/code.ts':
          "/** Never from `process.env`. */\n// process.env\n/* import x from '../api/http.ts' */\n",
      }),
    ).toEqual([]);
  });

  it.each<[why: string, path: string, text: string]>([
    ['a feature knows a surface', 'src/links/a.ts', "import { x } from '../api/http.ts';"],
    ['a feature knows the hot path', 'src/clicks/a.ts', "import type { X } from '../visits/visit.ts';"],
    ['a feature knows the composition', 'src/accounts/a.ts', "import { x } from '../app/app.ts';"],
    ['a feature knows the configuration', 'src/links/a.ts', "import type { X } from '../config/config.ts';"],
    [
      'a feature calls another’s repository',
      'src/links/a.ts',
      "import { x } from '../apps/app-repository.ts';",
    ],
    [
      'a surface calls a repository',
      'src/api/native/a.ts',
      "import { x } from '../../links/link-repository.ts';",
    ],
    [
      'a feature calls what stands behind another’s service',
      'src/transfer/a.ts',
      "import { x } from '../links/editing/link-creation.ts';",
    ],
    ['a surface knows another', 'src/api/native/a.ts', "import { x } from '../vivoldi/b.ts';"],
    ['a surface knows the composition', 'src/api/http.ts', "import { x } from '../app/app.ts';"],
    ['db knows a feature', 'src/db/a.ts', "import type { X } from '../links/link.ts';"],
    ['observability knows anybody', 'src/observability/a.ts', "import { x } from '../db/open.ts';"],
    ['visits run a query', 'src/visits/a.ts', "import { x } from '../db/change.ts';"],
    ['visits know the database', 'src/visits/a.ts', "import type { X } from '../db/database.ts';"],
    ['visits know accounts', 'src/visits/a.ts', "import type { X } from '../accounts/project.ts';"],
    ['visits know a surface', 'src/visits/a.ts', "import type { X } from '../api/http.ts';"],
    ['visits call a service', 'src/visits/a.ts', "import { x } from '../links/link-service.ts';"],
    [
      'visits do more than append',
      'src/visits/a.ts',
      "import { x } from '../clicks/journal/click-journal.ts';",
    ],
    [
      'the hidden value of "type" inside braces',
      'src/visits/a.ts',
      "import { type X } from '../db/change.ts';",
    ],
    ['a re-export', 'src/links/a.ts', "export { x } from '../api/http.ts';"],
    ['a re-export of all', 'src/links/a.ts', "export * from '../api/http.ts';"],
    ['an import for its effect', 'src/links/a.ts', "import '../api/http.ts';"],
    ['an import over several lines', 'src/links/a.ts', "import {\n  x,\n  y,\n} from '../api/http.ts';"],
    ['an import while running', 'src/links/a.ts', "const x = await import('../api/http.ts');"],
    ['main knows more than the commands', 'src/main.ts', "import { x } from './app/app.ts';"],
    ['what everybody knows knows somebody', 'src/errors.ts', "import { x } from './links/link.ts';"],
    ['src knows web', 'src/api/http.ts', "import { x } from '../../web/x.ts';"],
    ['src knows test', 'src/api/http.ts', "import { x } from '../../test/support/x.ts';"],
    ['src knows bench', 'src/cli/a.ts', "import { x } from '../../bench/x.ts';"],
    ['src knows what is for tests', 'src/clicks/a.ts', "import { x } from './testing/x.ts';"],
    ['SQLite outside db', 'src/links/a.ts', "import Sqlite from 'better-sqlite3';"],
    ['SQLite of Node outside db', 'src/links/a.ts', "import { x } from 'node:sqlite';"],
    ['PostgreSQL outside db', 'src/clicks/a.ts', "import type pg from 'pg';"],
    ['a dialect outside db', 'src/app/a.ts', "import { x } from '../db/dialects/postgres.ts';"],
    ['an engine asked for by name', 'src/app/a.ts', "if (database.engine === 'sqlite') x();"],
    ['an engine switched on', 'src/app/a.ts', "switch (engine) {\n  case 'postgres':\n}"],
    ['the environment', 'src/links/a.ts', 'const port = process.env.PORT;'],
    ['the environment by another way', 'src/links/a.ts', "import { env } from 'node:process';"],
    ['a default export', 'src/links/a.ts', 'export default 1;'],
    ['a name that says nothing', 'src/links/utils.ts', ''],
    ['a barrel', 'src/links/index.ts', ''],
    ['a folder that says nothing', 'src/links/common/code.ts', ''],
    ['a name in camel case', 'src/links/linkService.ts', ''],
    ['a name in snake case', 'src/links/link_service.ts', ''],
    ['a room that is not in the plan', 'src/things/thing.ts', ''],
    ['a file in the hall', 'src/thing.ts', ''],
  ])('sees %s', (_why, path, text) => {
    expect(line(path, text)).toHaveLength(1);
    expect(line(path, text)[0]).toContain(path);
  });

  it('sees a cycle of folders, of types too, and names what closes it', () => {
    const [cycle, ...more] = check({
      'src/links/a.ts': "import { x } from '../deeplinks/b.ts';",
      'src/deeplinks/b.ts': "import { y } from '../apps/c.ts';",
      'src/apps/c.ts': "import type { Z } from '../links/a.ts';",
    });
    expect(more).toEqual([]);
    expect(cycle).toMatch(/^links -> deeplinks -> apps -> links is a cycle: /);
    expect(cycle).toContain('src/apps/c.ts imports src/links/a.ts');
  });

  it('takes several ways in one direction for none', () => {
    expect(
      check({
        'src/links/a.ts': "import { x } from '../deeplinks/b.ts';\nimport { y } from '../apps/c.ts';",
        'src/deeplinks/b.ts': "import { y } from '../apps/c.ts';",
        'src/apps/c.ts': "import './d.ts';",
        'src/apps/d.ts': "import './c.ts';",
      }),
    ).toEqual([]);
  });
});
