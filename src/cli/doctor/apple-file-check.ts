import { teamIdProblem } from '../../apps/app-input.ts';
import { PAGES_OF_A_LINK } from '../../deeplinks/association/claimed-urls.ts';
import { opensApp, type UrlComponent } from '../../deeplinks/association/url-component.ts';
import { identifierProblem } from '../../links/link-app.ts';
import type { Finding } from './finding.ts';
import { isObject, quoted } from './quoted.ts';

const COMPONENT_KEYS = new Set(['/', '?', '#', 'exclude', 'comment', 'caseSensitive', 'percentEncoded']);

/** What the file for iOS says. */
export interface ReadAppleFile {
  readonly findings: readonly Finding[];
  readonly appIds: readonly string[];
}

/**
 * Whether `apple-app-site-association` opens links, as Apple describes the file
 * (developer.apple.com/documentation/bundleresources/applinks).
 *
 * @param root of the links that are looked for, such as `https://go.example.com/` or `https://go.example.com/share/`
 */
export function judgeAppleFile(content: unknown, root: string): ReadAppleFile {
  const findings: Finding[] = [];
  const bad = (name: string, text: string) => findings.push({ check: `ios-${name}`, level: 'bad', text });
  const links = isObject(content) ? content.applinks : undefined;
  if (!isObject(links)) {
    bad('format', 'the file for iOS has no "applinks", which is what it is read for');
    return { findings, appIds: [] };
  }
  if (!('apps' in links)) {
    const text = 'the file for iOS has no "apps": [], without which iOS 12 and older do not read it';
    findings.push({ check: 'ios-format', level: 'warn', text });
  } else if (!Array.isArray(links.apps) || links.apps.length > 0) {
    bad('format', '"apps" of the file for iOS has to be an empty list; apps are named in "details"');
  }
  if (!Array.isArray(links.details) || links.details.length === 0) {
    bad('format', '"details" of the file for iOS has to be a list that names at least one app');
    return { findings, appIds: [] };
  }
  const appIds: string[] = [];
  const components: UrlComponent[][] = [];
  for (const details of links.details as unknown[]) {
    const problem = detailsProblem(details);
    if (problem !== undefined) bad('format', problem);
    if (!isObject(details)) continue;
    appIds.push(...idsOf(details));
    components.push(componentsOf(details));
  }
  for (const problem of idProblems(appIds)) bad('apps', problem);
  for (const problem of urlProblems(components, root)) bad('urls', problem);
  return { findings: [...findings, ...praise(findings, appIds)], appIds };
}

function detailsProblem(details: unknown): string | undefined {
  if (!isObject(details))
    return `"details" of the file for iOS holds ${quoted(details)} where an object belongs`;
  if (idsOf(details).length === 0) return 'one of the "details" of the file for iOS names no app in "appIDs"';
  const { components } = details;
  if (components === undefined) {
    if (Array.isArray(details.paths)) return undefined;
    return 'one of the "details" of the file for iOS has no "components", so it opens no URL';
  }
  if (!Array.isArray(components)) return '"components" of the file for iOS has to be a list';
  for (const component of components as unknown[]) {
    const strange = isObject(component) ? Object.keys(component).find((key) => !COMPONENT_KEYS.has(key)) : '';
    if (strange !== undefined) {
      return `the file for iOS has a component that iOS does not understand: ${quoted(component)}`;
    }
  }
  return undefined;
}

/** `appID` is how iOS 12 and older wanted it. */
function idsOf({ appIDs, appID }: Readonly<Record<string, unknown>>): string[] {
  const ids = Array.isArray(appIDs) ? (appIDs as unknown[]) : [];
  return [...ids, ...(appID === undefined ? [] : [appID])].map((id) =>
    typeof id === 'string' ? id : quoted(id),
  );
}

/** `paths`, which came before `components`, say the same in other words. */
function componentsOf({ components, paths }: Readonly<Record<string, unknown>>): UrlComponent[] {
  if (Array.isArray(components)) return (components as unknown[]).filter(isComponent);
  if (!Array.isArray(paths)) return [];
  return (paths as unknown[])
    .filter((path) => typeof path === 'string')
    .map((path) => (path.startsWith('NOT ') ? { '/': path.slice(4), exclude: true } : { '/': path }));
}

function isComponent(value: unknown): value is UrlComponent {
  if (!isObject(value)) return false;
  const isText = (pattern: unknown) => pattern === undefined || typeof pattern === 'string';
  const { '?': query } = value;
  const ofQuery = isObject(query)
    ? Object.values(query).every((pattern) => typeof pattern === 'string')
    : isText(query);
  return isText(value['/']) && isText(value['#']) && ofQuery;
}

function isAppId(id: string): boolean {
  const [teamId = '', ...bundleId] = id.split('.');
  return !teamIdProblem('ios', teamId) && !identifierProblem('ios', bundleId.join('.'));
}

function idProblems(appIds: readonly string[]): string[] {
  const problems = appIds
    .filter((id) => !isAppId(id))
    .map(
      (id) =>
        `the file for iOS names ${quoted(id)}: an app is its ten-character team id, a dot and its bundle id`,
    );
  const twice = appIds.filter((id, index) => appIds.indexOf(id) !== index);
  return [
    ...problems,
    ...[...new Set(twice)].map(
      (id) =>
        `the file for iOS names ${quoted(id)} more than once, and only the first counts: put its components together`,
    ),
  ];
}

/** What codes look like; some begin as the product's own paths do, and are links all the same. */
const LIKELY_CODES = [
  'example',
  'A1b2C3d4',
  'v1sale',
  'api2',
  'qrcode',
  'stats-2027',
  'summer_sale.7',
  '%EC%84%B8%EC%9D%BC',
];

function urlProblems(all: readonly UrlComponent[][], root: string): string[] {
  const opens = (path: string) => all.some((components) => opensApp(components, new URL(root + path)));
  const problems: string[] = [];
  const shut = LIKELY_CODES.find((code) => !opens(code));
  if (shut !== undefined)
    problems.push(`no app opens a link such as ${root}${shut}: look at the order of "components"`);
  for (const [path, what] of [
    ...PAGES_OF_A_LINK.map((page) => [`example/${page}`, `the page "${page}" of a link`] as const),
    ['example?d=1', 'the page that shows where a link leads'],
  ] as const) {
    if (opens(path)) problems.push(`${what} (${root}${path}) would open an app: exclude it before "/*"`);
  }
  return problems;
}

function praise(findings: readonly Finding[], appIds: readonly string[]): Finding[] {
  const isWell = (name: string) =>
    findings.every(({ check, level }) => check !== `ios-${name}` || level !== 'bad');
  if (!isWell('format')) return [];
  const named = appIds.slice(0, 5).map(quoted).join(', ');
  return [
    ...(isWell('apps')
      ? [{ check: 'ios-apps', level: 'ok', text: `the file for iOS names ${named}` } as const]
      : []),
    ...(isWell('urls')
      ? [
          {
            check: 'ios-urls',
            level: 'ok',
            text: 'iOS opens the app for links and for nothing else',
          } as const,
        ]
      : []),
  ];
}
