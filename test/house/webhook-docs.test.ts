import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { newWebhookSecret } from '../../src/accounts/webhook-secret.ts';
import { guardedRequest } from '../../src/outbound/guarded-request.ts';
import { MOST_WAITING } from '../../src/reactions/delivery/lane.ts';
import { WEBHOOK_RETRY_DELAYS_MS } from '../../src/reactions/delivery/retry-schedule.ts';
import { sampleClickEvent, webhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { FAILED_BEFORE, FAILING_DAYS } from '../../src/reactions/webhooks/endpoint-health.ts';
import type { Secrets } from '../../src/reactions/webhooks/signature.ts';
import { WEBHOOK_CONCURRENCY, WEBHOOK_TIMEOUT_MS } from '../../src/reactions/webhooks/webhook-channel.ts';
import { webhookHeaders } from '../../src/reactions/webhooks/webhook-headers.ts';
import { type Received, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { repository, temporaryFolder } from './machine.ts';

const page = readFileSync(join(repository, 'docs', 'webhooks.md'), 'utf8');

/** The code blocks of a language, in the order of the page. */
function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '');
}

/** First cells of the table rows that follow a line. */
function cellsAfter(line: string): string[][] {
  const [, rest = ''] = page.split(line);
  const table = /(?:^\|.*\|\n)+/m.exec(rest)?.[0] ?? '';
  return table
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()));
}

const EVENT_ID = '89365c75dae740ac8500dfc48c5014b5';
const body = webhookPayload(
  sampleClickEvent({
    eventId: EVENT_ID,
    at: Date.UTC(2026, 2, 10, 3),
    project: { id: 1, publicId: 'prj_Zk41xYq', timeZone: 'Asia/Seoul' },
    endpointOf: 'group',
    metric: 'clicks',
    every: 50,
    group: { id: 12, publicId: 'grp_8sVwm2T', name: 'Sömmer "Sale" 여름' },
    publicUrl: 'https://go.example.com',
  }),
);

/** What a receiver gets of a call that was really made. */
async function receive(secrets: Secrets, now: number): Promise<Received> {
  const receiver = await ScriptedReceiver.open();
  const headers = webhookHeaders({ eventId: EVENT_ID, requestId: 'e'.repeat(32), body, secrets, now });
  const limits = { timeoutMs: 5_000, maxAnswerBytes: 100, keepAnswerBytes: 100, allowPrivate: true };
  await guardedRequest({ url: receiver.url('/'), method: 'POST', headers, body, ...limits });
  await receiver.close();
  return receiver.received[0] as Received;
}

describe('the page about webhooks', () => {
  it('shows the body with every field, and explains each', () => {
    const [example = ''] = blocks('json');
    expect(Object.keys(JSON.parse(example))).toEqual(Object.keys(JSON.parse(body)));
    const explained = cellsAfter('\n| field | is |\n').flatMap(([, names = '']) => names.split(', '));
    expect(explained.filter((name) => name.startsWith('`'))).toEqual(
      Object.keys(JSON.parse(body)).map((name) => `\`${name}\``),
    );
  });

  it('lists every header', async () => {
    const { rawHeaders } = await receive([newWebhookSecret()], Date.now());
    const sent = rawHeaders.filter((_, index) => index % 2 === 0);
    const listed = cellsAfter('\n| header | is |\n').flatMap(([, name = '']) =>
      name.startsWith('`') ? [name.slice(1, -1)] : [],
    );
    // What HTTP itself needs.
    const itself = ['host', 'content-length', 'connection'];
    expect(sent.filter((name) => !itself.includes(name.toLowerCase()))).toEqual(listed);
  });

  it('prints the schedule by which it is tried again', () => {
    const UNITS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 };
    const rows = cellsAfter('\n| after attempt | wait |\n').slice(1);
    const waits = rows.map(([, , wait = '']) => {
      const [, count, unit = ''] = /^(\d+) (\w+?)s?$/.exec(wait) ?? [];
      return Number(count) * (UNITS[unit] ?? Number.NaN);
    });
    expect(waits).toEqual(WEBHOOK_RETRY_DELAYS_MS);
    expect(rows.map(([, attempt]) => Number(attempt))).toEqual(waits.map((_, index) => index + 1));
    expect(page).toContain(`After attempt ${WEBHOOK_RETRY_DELAYS_MS.length + 1}\nit is given up`);
  });

  it('names the limits that hold', () => {
    expect(page).toContain(`**2xx within ${WEBHOOK_TIMEOUT_MS / 1_000} seconds**`);
    expect(page).toContain(`**At most ${MOST_WAITING.webhook.toLocaleString('en')} deliveries wait`);
    expect(page).toContain(`failed for **${FAILING_DAYS} days**`);
    expect(FAILED_BEFORE).toBe(3);
    expect(page).toContain('one event four times in a row');
    expect(page).toContain(`At most ${WEBHOOK_CONCURRENCY} calls to one endpoint`);
  });

  it('names only calls that the API knows', () => {
    const { paths } = JSON.parse(readFileSync(join(repository, 'openapi.json'), 'utf8'));
    const known = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${withoutNames(path)}`),
    );
    const named = [...page.matchAll(/`((?:GET|POST|PATCH) \/[^`]+)`/g)].map(([, call = '']) =>
      withoutNames(call.replace(' /', ' /api/v1/')),
    );
    expect(named.length).toBeGreaterThan(8);
    for (const call of named) expect(known).toContain(call);
  });
});

/** What a path calls its parameters is not part of it. */
const withoutNames = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');

interface Case {
  readonly name: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly genuine: boolean;
}

const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'x-vivoldi-signature'] as const;

async function casesToJudge(): Promise<Case[]> {
  const [secret, previous] = [newWebhookSecret(), newWebhookSecret()];
  const now = Date.now();
  const cases: Case[] = [];
  const add = (name: string, genuine: boolean, received: Received, more: Partial<Case> = {}) => {
    const headers = Object.fromEntries(HEADERS.map((header) => [header, String(received.headers[header])]));
    cases.push({ name, genuine, secret, headers, body: received.body, ...more });
  };
  const call = await receive([secret], now);
  add('a call', true, call);
  add('another secret', false, call, { secret: newWebhookSecret() });
  add('another body', false, call, { body: Buffer.concat([call.body, Buffer.from(' ')]) });
  add('no body', false, call, { body: Buffer.alloc(0) });
  add('no headers', false, call, { headers: {} });
  const unsigned = { 'webhook-signature': '', 'x-vivoldi-signature': '' };
  const signed = cases[0]?.headers ?? {};
  add('no signature', false, call, { headers: { ...signed, ...unsigned } });
  const nonsense = { 'webhook-signature': 'v1,ä v1 , v1,', 'x-vivoldi-signature': `t=${now},v1=ä,v1=,v1` };
  add('a signature of nonsense', false, call, { headers: { ...signed, ...nonsense } });
  const newer = {
    'webhook-timestamp': String(Math.floor(now / 1_000) + 1),
    'x-vivoldi-signature': signed['x-vivoldi-signature']?.replace(`t=${now}`, `t=${now + 1}`) ?? '',
  };
  add('another timestamp', false, call, { headers: { ...signed, ...newer } });
  const garbled = { 'webhook-timestamp': 'now', 'x-vivoldi-signature': 't=now,v1=00,alg=hmac-sha256' };
  add('a timestamp that is none', false, call, { headers: { ...signed, ...garbled } });
  add('an old call', false, await receive([secret], now - 6 * 60_000));
  add('a call from the future', false, await receive([secret], now + 6 * 60_000));
  add('a call of four minutes ago', true, await receive([secret], now - 4 * 60_000));
  const overlap = await receive([secret, previous], now);
  add('a call in an overlap, with the new secret', true, overlap);
  add('a call in an overlap, with the old secret', true, overlap, { secret: previous });
  add('a call in an overlap, with another secret', false, overlap, { secret: newWebhookSecret() });
  return cases;
}

/** What the program of each language adds to the page's code: it judges each line and says `true` or `false`. */
const LANGUAGES: readonly {
  readonly name: string;
  readonly block: () => string;
  readonly file: string;
  readonly program: (code: string) => string;
  readonly command: string;
}[] = [
  { name: 'JavaScript', block: () => blocks('js')[0] ?? '', ...javaScript('isGenuine') },
  { name: 'JavaScript, Vivoldi', block: () => blocks('js')[1] ?? '', ...javaScript('isGenuineVivoldi') },
  {
    name: 'Python',
    block: () => blocks('python')[0] ?? '',
    file: 'judge.py',
    command: 'python3',
    program: (code) => `${code}
import json, sys
for line in open(sys.argv[1]):
    secret, body, *headers = [base64.b64decode(part[1:]).decode() if n != 1 else base64.b64decode(part[1:])
                              for n, part in enumerate(line.split())]
    print("true" if is_genuine(secret, dict(zip(headers[::2], headers[1::2])), body) else "false")
`,
  },
  {
    name: 'Java',
    block: () => blocks('java')[0] ?? '',
    file: 'Judge.java',
    command: 'java',
    program: (code) =>
      code.replace(
        'final class Webhooks',
        `class Judge {
    static byte[] decoded(String part) { return Base64.getDecoder().decode(part.substring(1)); }
    public static void main(String[] arguments) throws Exception {
        for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(arguments[0]))) {
            String[] parts = line.split(" ");
            Map<String, String> headers = new java.util.HashMap<>();
            for (int n = 2; n < parts.length; n += 2)
                headers.put(new String(decoded(parts[n]), UTF_8), new String(decoded(parts[n + 1]), UTF_8));
            System.out.println(Webhooks.isGenuine(new String(decoded(parts[0]), UTF_8), headers, decoded(parts[1])));
        }
    }
}
final class Webhooks`,
      ),
  },
];

function javaScript(name: string) {
  return {
    file: 'judge.mjs',
    command: process.execPath,
    program: (code: string) => `${code}
import { readFileSync } from 'node:fs';
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\\n')) {
  const [secret, body, ...pairs] = line.split(' ').map((part) => Buffer.from(part.slice(1), 'base64'));
  const headers = {};
  for (let n = 0; n < pairs.length; n += 2) headers[pairs[n]] = pairs[n + 1].toString();
  console.log(${name}(secret.toString(), headers, body));
}`,
  };
}

/** A line of words without spaces, each with a mark before it so that an empty one is a word too. */
function lineOf({ secret, body: bytes, headers }: Case): string {
  return [secret, bytes, ...Object.entries(headers).flat()]
    .map((value) => `:${Buffer.from(value).toString('base64')}`)
    .join(' ');
}

/** Python and Java are not the product's; where they are at hand, what the page gives their users has to work. */
function isMissing(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

describe('the code of the page', () => {
  let cases: Case[];
  let list: string;
  beforeAll(async () => {
    cases = await casesToJudge();
    list = cases.map(lineOf).join('\n');
  });

  for (const { name, block, file, program, command } of LANGUAGES) {
    const mark = command === process.execPath ? '' : ' [optional]';
    const title = `tells calls of ours from others (${name})${mark}`;
    it.skipIf(isMissing(command))(title, async () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'cases'), `${list}\n`);
      writeFileSync(join(folder, file), program(block()));
      const { stdout } = await promisify(execFile)(command, [join(folder, file), join(folder, 'cases')]);
      const judged = stdout.trim().split('\n');
      expect(Object.fromEntries(cases.map((one, index) => [one.name, judged[index]]))).toEqual(
        Object.fromEntries(cases.map((one) => [one.name, String(one.genuine)])),
      );
    });
  }
});
