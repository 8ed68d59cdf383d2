import { existsSync } from 'node:fs';
import type { AssociatedApp } from '../../apps/associated-apps.ts';
import { ANDROID_PATH } from '../../deeplinks/association/android-file.ts';
import { APPLE_PATH } from '../../deeplinks/association/apple-file.ts';
import type { AppsOfHost } from '../../deeplinks/association/association-files.ts';
import type { LeftOut } from '../../deeplinks/association/host-files.ts';
import { hostNameFrom, isHostName } from '../../links/host-name.ts';
import { findRunningServer } from '../control-file.ts';
import { OperatorError } from '../operator-error.ts';
import { printable } from '../printable.ts';
import { judgeAndroidFile } from './android-file-check.ts';
import { type AskedFile, judgeAnswer } from './answer-check.ts';
import { judgeAppleFile } from './apple-file-check.ts';
import { type AskedServer, type FileAnswer, requestFile } from './file-request.ts';
import { type Finding, messageOf } from './finding.ts';
import { judgeRobots } from './robots-check.ts';
import { judgeSavedApps } from './saved-apps-check.ts';

const APPLE: AskedFile = {
  platform: 'ios',
  reader: 'Apple',
  path: APPLE_PATH,
};
const GOOGLE: AskedFile = { platform: 'android', reader: 'Google', path: ANDROID_PATH };
const PATIENCE_MS = 10_000;

/** What is asked, and for whom. */
export interface AskedLinks {
  /** Host, with a path prefix if the links have one: `go.example.com/share`. */
  readonly domain: string;
  /** Asked instead of `https://<domain>`, with the domain in the `Host` header. */
  readonly url?: string | undefined;
  /** The one platform that matters. */
  readonly only?: string | undefined;
  /** Of the installation on this machine, if there is one. */
  readonly dataDir: string;
}

export interface ExaminedLinks {
  readonly findings: readonly Finding[];
  /** Somebody has answered, if only with a certificate that is not trusted. */
  readonly wasAnswered: boolean;
}

/**
 * Asks for the files of a domain what Apple and Google ask, the way they do, and looks at each of their rules.
 *
 * @throws OperatorError when what is asked for cannot be meant
 */
export async function examineLinks({ domain, url, only, dataDir }: AskedLinks): Promise<ExaminedLinks> {
  const { server, root, pathPrefix } = whereToAsk(domain, url);
  const wanted = [APPLE, GOOGLE].filter(({ platform }) => isWanted(platform, only));
  const answers = await Promise.all(
    wanted.map(async (file) => ({ file, answer: await requestFile(server, file.path) })),
  );
  const reach = judgeReach(
    server,
    answers.map(({ answer }) => answer),
  );
  const ports = judgePort(server);
  if (reach.level === 'bad') {
    return {
      findings: [...ports, reach],
      wasAnswered: answers.some(({ answer }) => answer.kind !== 'unreachable'),
    };
  }
  const saved = await savedApps(server.host, pathPrefix, dataDir);
  const robots = await requestFile(server, '/robots.txt');
  const findings = [
    ...ports,
    reach,
    ...judgeFiles(root, answers, saved),
    ...judgeRobots(
      robots,
      wanted.map(({ path }) => path),
    ),
  ];
  return { findings, wasAnswered: true };
}

function isWanted(platform: string, only: string | undefined): boolean {
  if (only !== undefined && only !== 'ios' && only !== 'android')
    throw new OperatorError(`--only takes ios or android, not "${printable(only)}".`);
  return only === undefined || only === platform;
}

interface Place {
  readonly server: AskedServer;
  /** URL below which the links are. */
  readonly root: string;
  /** Without slashes at the ends; mostly empty. */
  readonly pathPrefix: string;
}

function whereToAsk(domain: string, url: string | undefined): Place {
  if (/^http:\/\//i.test(domain)) {
    throw new OperatorError(
      `Devices ask for the files by https alone, so "${printable(domain)}" cannot be asked: name the domain without a scheme, and add --url http://127.0.0.1:8080 to ask a server there.`,
    );
  }
  const [written = '', ...prefix] = domain
    .replace(/^https:\/\//i, '')
    .replace(/\/+$/, '')
    .split('/');
  // The port that https has anyway is none.
  const host = hostNameFrom(written).replace(/:443$/, '');
  const root = `https://${host}/${prefix.map((part) => `${part}/`).join('')}`;
  const pathPrefix = prefix.join('/');
  if (!isHostName(host) || prefix.some((part) => !/^[\w-]+$/.test(part))) {
    throw new OperatorError(
      `"${printable(domain)}" is no domain such as go.example.com or go.example.com/share.`,
    );
  }
  if (url === undefined) return { server: { origin: new URL(root).origin, host }, root, pathPrefix };
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new OperatorError(`--url takes an address such as http://127.0.0.1:8080, not "${printable(url)}".`);
  return { server: { origin: new URL(url).origin, host }, root, pathPrefix };
}

function judgePort({ host }: AskedServer): Finding[] {
  const [name, port] = host.split(':');
  // Where somebody tries it out on a machine of their own, no device comes anyway.
  if (port === undefined || name === 'localhost') return [];
  const text = `Apple and Google ask at port 443 alone, so the links of ${host} open no app: serve them at ${name}. To look at what a server says at another port, add --url https://${host} to ${name}`;
  return [{ check: 'port', level: 'bad', text }];
}

function judgeReach({ origin, host }: AskedServer, answers: readonly FileAnswer[]): Finding {
  const bad = (text: string): Finding => ({ check: 'reach', level: 'bad', text });
  for (const answer of answers) {
    if (answer.kind === 'unreachable') return bad(`${origin} cannot be asked: ${printable(answer.why)}`);
    if (answer.kind === 'untrusted') {
      return bad(`the certificate of ${origin} is not trusted by devices: ${printable(answer.why)}`);
    }
  }
  const ok = (text: string): Finding => ({ check: 'reach', level: 'ok', text });
  if (origin === `https://${host}`) return ok(`${origin} answers, with a certificate that is trusted`);
  return origin.startsWith('https:')
    ? ok(
        `${origin} answers for ${host}, with a certificate that is trusted; whether devices come there is not looked at`,
      )
    : ok(
        `${origin} answers for ${host}; whether devices reach it there, with a certificate they trust, is not looked at`,
      );
}

interface Answered {
  readonly file: AskedFile;
  readonly answer: FileAnswer;
}

function judgeFiles(root: string, answers: readonly Answered[], saved: SavedApps): Finding[] {
  const findings: Finding[] = [];
  let appIds: readonly string[] | undefined;
  let certificates: ReadonlyMap<string, readonly string[]> | undefined;
  for (const { file, answer } of answers) {
    const judged = judgeAnswer(file, answer);
    findings.push(...judged.findings.map((finding) => excused(finding, file, saved.apps)));
    if (judged.content === undefined) continue;
    if (file === APPLE) {
      const read = judgeAppleFile(judged.content, root);
      findings.push(...read.findings);
      appIds = read.appIds;
    } else {
      const read = judgeAndroidFile(judged.content);
      findings.push(...read.findings);
      certificates = read.certificates;
    }
  }
  const asked = (saved.apps ?? []).filter(({ platform }) =>
    answers.some(({ file }) => file.platform === platform),
  );
  return [...findings, ...saved.findings, ...judgeSavedApps(asked, { appIds, certificates }, saved.leftOut)];
}

/** A file that is not there is as it should be when no app of its platform is saved. */
function excused(
  finding: Finding,
  { platform, path }: AskedFile,
  saved: readonly AssociatedApp[] | undefined,
): Finding {
  const isMissing = finding.check === `${platform}-status` && finding.text.includes('(404)');
  if (!isMissing || saved === undefined || saved.some((app) => app.platform === platform)) return finding;
  const called = platform === 'ios' ? 'iOS' : 'Android';
  return {
    ...finding,
    level: 'ok',
    text: `${path} is not there, and no ${called} app is saved for the domain`,
  };
}

interface SavedApps {
  /** Undefined when they cannot be known. */
  readonly apps: readonly AssociatedApp[] | undefined;
  readonly leftOut?: LeftOut | undefined;
  readonly findings: readonly Finding[];
}

/** The apps of the server on this machine's data folder; elsewhere there is none, and nothing to compare with. */
async function savedApps(host: string, prefix: string, dataDir: string): Promise<SavedApps> {
  const running = existsSync(dataDir) ? findRunningServer(dataDir) : undefined;
  const nothing = (text: string): SavedApps => ({
    apps: undefined,
    findings: [{ check: 'saved', level: 'ok', text: `${text}: the files are not compared with saved apps` }],
  });
  if (!running) return nothing('no server runs on the data folder of this machine');
  try {
    const response = await fetch(
      `${running.url}/readyz/associations?${new URLSearchParams({ host, prefix })}`,
      {
        headers: { authorization: `Bearer ${running.token}` },
        signal: AbortSignal.timeout(PATIENCE_MS),
      },
    );
    if (!response.ok) return nothing(`the server at ${running.url} answers ${response.status}`);
    const { known, apps, leftOut } = (await response.json()) as AppsOfHost;
    if (known) return { apps, leftOut, findings: [] };
    const name = prefix === '' ? host : `${host}/${prefix}`;
    const text = `the server on this machine has no domain ${name}, so links there are those of its default domain, or none: add it as a domain of a project`;
    return { apps, findings: [{ check: 'saved', level: 'warn', text }] };
  } catch (error) {
    return nothing(`the server at ${running.url} does not answer (${messageOf(error)})`);
  }
}
