import { LONGEST_FILE_BYTES } from '../../deeplinks/association/host-files.ts';
import type { FileAnswer } from './file-request.ts';
import type { Finding } from './finding.ts';
import { quoted } from './quoted.ts';

/** One of the two files, for sentences and for the names of its checks. */
export interface AskedFile {
  readonly platform: 'ios' | 'android';
  /** Who reads it. */
  readonly reader: 'Apple' | 'Google';
  readonly path: string;
}

export interface JudgedAnswer {
  readonly findings: readonly Finding[];
  /** What the file holds; undefined when it cannot be read. */
  readonly content?: unknown;
}

/** Whether an answer is one that Apple or Google takes, whatever is in it. */
export function judgeAnswer(file: AskedFile, answer: FileAnswer): JudgedAnswer {
  const check = (name: string) => `${file.platform}-${name}`;
  const bad = (name: string, text: string): Finding => ({ check: check(name), level: 'bad', text });
  if (answer.kind !== 'answered') return { findings: [] };
  const refusal = judgeStatus(file, answer);
  if (refusal !== undefined) return { findings: [bad('status', refusal)] };

  const findings: Finding[] = [
    { check: check('status'), level: 'ok', text: `${file.path} is there, without a redirect` },
  ];
  const type = answer.contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') {
    findings.push({ check: check('type'), level: 'ok', text: `${file.path} says that it is JSON` });
  } else {
    const named = type ? quoted(type) : 'nothing';
    const text = `${file.path} says that it is ${named}, and ${file.reader} wants Content-Type: application/json`;
    findings.push(bad('type', text));
  }
  const { body } = answer;
  if (body.byteLength > LONGEST_FILE_BYTES) {
    findings.push(
      bad('size', `${file.path} is longer than the 128 kB that are read: fewer apps or shorter patterns`),
    );
  }
  if (answer.contentEncoding !== 'identity') {
    const text = `${file.path} comes as ${quoted(answer.contentEncoding)} to somebody who asked for it uncompressed`;
    return { findings: [...findings, bad('json', text)] };
  }
  if (body.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) {
    const text = `${file.path} begins with a byte order mark, which JSON must not: save it as UTF-8 without BOM`;
    return { findings: [...findings, bad('json', text)] };
  }
  try {
    const content: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return { findings, content };
  } catch {
    const text = `${file.path} is not JSON: it begins with ${quoted(body.subarray(0, 60).toString())}`;
    return { findings: [...findings, bad('json', text)] };
  }
}

function judgeStatus(
  { path, reader }: AskedFile,
  { status, location, body }: Extract<FileAnswer, { kind: 'answered' }>,
): string | undefined {
  if (status === 200) return undefined;
  if (status >= 300 && status < 400) {
    return `${path} leads on to ${quoted(location)}, and ${reader} follows no redirect: the file has to be at this very address`;
  }
  if (status === 404) return `${path} is not there (404). ${detailOf(body)}`.trimEnd();
  if (status === 401 || status === 403) {
    return `${path} is not open to everybody (${status}): ${reader} sends no password and no key`;
  }
  return `${path} answers ${status} instead of 200`;
}

/** Our own server says why there is no file. */
function detailOf(body: Buffer): string {
  try {
    const { type, detail } = JSON.parse(body.toString()) as { type?: unknown; detail?: unknown };
    return String(type).startsWith('urn:switchyard:') ? quoted(detail).slice(1, -1) : '';
  } catch {
    return '';
  }
}
