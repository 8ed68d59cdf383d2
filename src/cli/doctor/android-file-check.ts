import { FINGERPRINT } from '../../apps/app-input.ts';
import { HANDLE_ALL_URLS } from '../../deeplinks/association/android-file.ts';
import { identifierProblem } from '../../links/link-app.ts';
import type { Finding } from './finding.ts';
import { isObject, quoted } from './quoted.ts';

const SHA1 = /^[0-9A-F]{2}(:[0-9A-F]{2}){19}$/i;

export interface ReadAndroidFile {
  readonly findings: readonly Finding[];
  /** Certificates by package name. */
  readonly certificates: ReadonlyMap<string, readonly string[]>;
}

/** Whether `assetlinks.json` lets apps open links (developers.google.com/digital-asset-links). */
export function judgeAndroidFile(content: unknown): ReadAndroidFile {
  const findings: Finding[] = [];
  const certificates = new Map<string, string[]>();
  const say = (name: string, level: Finding['level'], text: string) =>
    findings.push({ check: `android-${name}`, level, text });
  if (!Array.isArray(content)) {
    say('format', 'bad', 'the file for Android has to be a list of statements');
    return { findings, certificates };
  }
  for (const statement of content as unknown[]) {
    const problem = statementProblem(statement);
    if (problem !== undefined) say('format', 'bad', problem);
    if (!isAboutApp(statement)) continue;
    const { package_name: name, sha256_cert_fingerprints: given } = statement.target;
    if (typeof name !== 'string' || identifierProblem('android', name)) {
      say(
        'apps',
        'bad',
        `the file for Android names ${quoted(name)}, which is no package name such as com.example.app`,
      );
      continue;
    }
    if (certificates.has(name))
      say('apps', 'warn', `the file for Android names ${name} in two statements: one is enough`);
    const fingerprints = Array.isArray(given) ? (given as unknown[]) : [];
    if (fingerprints.length === 0) {
      say('certificates', 'bad', `the file for Android has no "sha256_cert_fingerprints" for ${name}`);
    }
    for (const [problem, level] of fingerprints.flatMap((one) => fingerprintProblems(one, name))) {
      say('certificates', level, problem);
    }
    const known = certificates.get(name) ?? [];
    certificates.set(name, [...known, ...fingerprints.filter((one) => typeof one === 'string')]);
  }
  for (const [name, fingerprints] of certificates) {
    if (new Set(fingerprints).size < fingerprints.length) {
      say('certificates', 'warn', `the file for Android has a fingerprint of ${name} twice`);
    }
  }
  if (certificates.size === 0 && findings.length === 0) {
    say('apps', 'bad', 'the file for Android names no app');
  }
  return { findings: [...findings, ...praise(findings, certificates)], certificates };
}

interface AboutApp {
  readonly target: Readonly<Record<string, unknown>>;
}

/** Others may be about websites, or about passwords alone: they are no business of links. */
function isAboutApp(statement: unknown): statement is AboutApp {
  if (!isObject(statement) || !isObject(statement.target)) return false;
  const relations = Array.isArray(statement.relation) ? (statement.relation as unknown[]) : [];
  return statement.target.namespace === 'android_app' && relations.includes(HANDLE_ALL_URLS);
}

function statementProblem(statement: unknown): string | undefined {
  if (!isObject(statement) || !isObject(statement.target)) {
    return `the file for Android holds ${quoted(statement)} where a statement with a "target" belongs`;
  }
  const { relation, target } = statement;
  if (!Array.isArray(relation) || relation.length === 0) {
    return `a statement of the file for Android has no list "relation"; links need ${quoted(HANDLE_ALL_URLS)} in it`;
  }
  if (target.namespace !== 'android_app' && target.namespace !== 'web') {
    return `"namespace" of a target is ${quoted(target.namespace)} in the file for Android; for apps it is "android_app"`;
  }
  if (target.namespace === 'android_app' && !isAboutApp(statement) && !isKnownRelation(relation)) {
    return `the file for Android gives ${quoted(target.package_name)} the relation ${quoted(relation)}; links need ${quoted(HANDLE_ALL_URLS)}`;
  }
  return undefined;
}

function isKnownRelation(relation: readonly unknown[]): boolean {
  return relation.every((one) => typeof one === 'string' && one.startsWith('delegate_permission/common.'));
}

function fingerprintProblems(fingerprint: unknown, name: string): [string, Finding['level']][] {
  const text = typeof fingerprint === 'string' ? fingerprint : '';
  if (FINGERPRINT.test(text)) {
    if (text === text.toUpperCase()) return [];
    return [[`a fingerprint of ${name} is not in capitals, as some versions of Android want it`, 'warn']];
  }
  const why = SHA1.test(text)
    ? 'is a SHA-1 fingerprint; the SHA-256 one is needed'
    : 'is not 32 pairs of hexadecimal digits with ":" between them';
  return [[`${quoted(fingerprint)}, given for ${name}, ${why}`, 'bad']];
}

function praise(findings: readonly Finding[], certificates: ReadonlyMap<string, unknown>): Finding[] {
  if (findings.some(({ level }) => level === 'bad')) return [];
  const named = [...certificates.keys()].slice(0, 5).join(', ');
  return [
    {
      check: 'android-apps',
      level: 'ok',
      text: `the file for Android names ${named}, with the form of their certificates as it should be`,
    },
  ];
}
