import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/command-line.ts';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { runCommand } from './command.ts';
import { ServerProcess } from './server-process.ts';

const IOS = { identifier: 'com.example.app', appStoreId: '123456789', customScheme: 'shop' };

/** Each with what it has to answer by its exit code. */
const QUESTIONS: readonly (readonly [number, readonly string[]])[] = [
  [0, ['opens', '--device', 'iphone', '--app-installed', '--at', '2090-01-01T00:00:00+09:00']],
  [0, ['opens', '--device', 'iphone', '--in-app', 'kakaotalk', '--at', '2090-01-01T00:00:00Z']],
  [0, ['http://switchyard.test/opens?utm_source=mail', '--qr', '--at', '2090-01-01T00:00:00Z']],
  [2, ['limited', '--bot', '--at', '2090-01-01T00:00:00Z']],
  [0, ['limited', '--query', 'x=1', '--at', '2090-01-01T00:00:00Z']],
  [2, ['limited', '--slots-taken', '3', '--at', '2090-01-01T00:00:00Z']],
  [2, ['secret', '--at', '2090-01-01T00:00:00Z']],
  [0, ['secret', '--password-given', '--at', '2090-01-01T00:00:00Z']],
  [0, ['secret', '--enters-password', '--at', '2090-01-01T00:00:00Z']],
  [2, ['http://switchyard.test/opens?a=1', '--query', 'd=1', '--at', '2090-01-01T00:00:00Z']],
  [
    0,
    [
      'http://switchyard.test/?link=https://example.com/x&ibi=com.example.app',
      '--at',
      '2090-01-01T00:00:00Z',
    ],
  ],
];

const REFUSED: readonly (readonly [readonly string[], RegExp])[] = [
  [['nope'], /^Switchyard: A link nope on switchyard\.test was not found\n$/],
  [['https://elsewhere.example/x'], /must be a short URL on one of your domains/],
  [['http://switchyard.test/?link=https://elsewhere.example/'], /leads to a host/],
  [['opens', '--domain', 'elsewhere.example'], /there is no domain elsewhere\.example/],
  [['opens', '--in-app', 'line'], /--in-app needs a device that has such apps/],
  [['opens', '--device', 'toaster', '--as-program'], /Allowed choices are iphone/],
];

describe.each(ENGINES)('switchyard simulate on $name', { timeout: 240_000 }, (engine) => {
  let under: EngineUnderTest;
  beforeAll(async () => {
    under = await engine.open();
  });
  afterAll(() => under.close());

  async function run(...args: string[]) {
    const { dataDir, database } = under.location;
    const env: Record<string, string> = 'url' in database ? { DATABASE_URL: database.url } : {};
    return await (args.includes('--as-program') ? runProcess : runHere)(dataDir, env, [
      'simulate',
      ...args.filter((arg) => arg !== '--as-program'),
    ]);
  }

  test('answers beside a server as without, for programs and for people, and counts nothing', async () => {
    const server = await ServerProcess.start(under.location);
    const answers: unknown[] = [];
    try {
      const group = await server.createGroup({ name: 'End', settings: { endsAt: '2090-06-01T00:00:00Z' } });
      await server.createLink({ code: 'opens', apps: { ios: IOS } });
      await server.createLink({ code: 'limited', groupId: group.id, settings: { maxClicks: 3 } });
      await server.createLink({ code: 'secret', settings: { password: 'Open, Sesame!' } });
      await server.visit('limited');
      await server.untilDrained();
      for (const [code, args] of QUESTIONS) {
        const { out, ...ended } = await run(...args, '--json');
        expect(ended, args.join(' ')).toEqual({ code, err: '' });
        answers.push(JSON.parse(out));
      }
      const { text } = await server.call('POST', '/simulate', {
        code: 'opens',
        at: '2090-01-01T00:00:00+09:00',
        visitor: { device: 'iphone', appInstalled: true },
      });
      expect(answers[0]).toEqual(JSON.parse(text));
    } finally {
      await server.stop();
    }
    for (const [n, [code, args]] of QUESTIONS.entries()) {
      const { out, ...ended } = await run(...args, '--json');
      expect(ended, args.join(' ')).toEqual({ code, err: '' });
      expect(JSON.parse(out), args.join(' ')).toEqual(answers[n]);
    }
    expect(answers[4]).toMatchObject({
      rules: expect.arrayContaining([
        expect.objectContaining({ rule: 'limit', why: expect.stringContaining('1 of 3') }),
      ]),
    });

    const shown = await run('limited', '--at', '2091-01-01T00:00:00Z', '--as-program');
    expect(shown).toMatchObject({ code: 2, err: '' });
    expect(shown.out).toContain('http://switchyard.test/limited at 2091-01-01T00:00:00.000Z, for person');
    expect(shown.out).toMatch(/^outcome +ended \(410\)/m);
    expect(shown.out).toMatch(/^leads to +nowhere$/m);
    expect(shown.out).toMatch(/^exists +passed +.*\npaused +passed/m);
    expect(shown.out).toMatch(
      /^ends +decides +It has ended.*\n +endsAt 2090-06-01T00:00:00.000Z \(group\), expiredUrl off \(default\)$/m,
    );
    expect(shown.out).not.toMatch(/^limit /m);
    const handedOver = await run('opens', '--device', 'iphone', '--in-app', 'line');
    expect(handedOver.out).toMatch(
      /Then, in the device’s own browser:\n\noutcome +openApp \(200\)[\s\S]*app shop:\/\//,
    );

    for (const [args, sentence] of REFUSED) {
      const refused = await run(...args);
      expect(refused, args.join(' ')).toEqual({ code: 1, out: '', err: expect.stringMatching(sentence) });
      expect(refused.err).not.toContain('    at ');
    }
    await using again = await ServerProcess.start(under.location);
    const { clicks } = JSON.parse((await again.call('GET', '/links?code=limited')).text).links[0];
    expect(clicks).toBe(1);
  });
});

test('where nothing was ever started it says so, and makes nothing', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-simulate-'));
  try {
    const none = join(folder, 'none');
    const looking = [
      ['simulate', 'hello'],
      ['keys', 'list'],
      ['keys', 'revoke', 'key_1'],
      ['export'],
      ['stats', 'rebuild'],
    ];
    for (const args of looking) {
      const { code, err } = await runHere(none, {}, args);
      expect([args, code]).toEqual([args, 1]);
      expect(err).toContain(
        `There is no Switchyard data in ${none}. Run this in the folder of the clone, or set DATA_DIR`,
      );
      expect(err).toContain('Start it once with: switchyard serve');
    }
    expect(existsSync(none)).toBe(false);
    const made = await runHere(none, {}, ['keys', 'create', 'first']);
    expect([made.code, made.err]).toEqual([
      0,
      expect.stringContaining(`${none} was made, because it was not there.`),
    ]);
    const keyMade = await runHere(folder, {}, ['keys', 'create', 'first']);
    expect([keyMade.code, keyMade.err]).toEqual([0, expect.not.stringContaining('was made')]);
    expect(await runHere(folder, {}, ['simulate', 'hello'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no server was ever started here'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The command line as `main.ts` runs it, in this process. */
async function runHere(dataDir: string, env: Readonly<Record<string, string>>, args: readonly string[]) {
  vi.stubEnv('DATA_DIR', dataDir);
  vi.stubEnv('PUBLIC_URL', 'http://switchyard.test');
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const said = { out: '', err: '' };
  const out = vi.spyOn(console, 'log').mockImplementation((text: string) => {
    said.out += `${text}\n`;
  });
  const err = vi.spyOn(console, 'error').mockImplementation((text: string) => {
    said.err += `${text}\n`;
  });
  const umask = process.umask();
  try {
    return { code: await run(args), ...said };
  } finally {
    process.umask(umask);
    out.mockRestore();
    err.mockRestore();
    vi.unstubAllEnvs();
  }
}

async function runProcess(dataDir: string, env: Readonly<Record<string, string>>, args: readonly string[]) {
  return await runCommand(args, { DATA_DIR: dataDir, PUBLIC_URL: 'http://switchyard.test', ...env });
}
