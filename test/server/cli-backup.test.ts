import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBatchWriter, openStore } from '../../src/db/open.ts';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { backupOf, WAYS } from '../stores/moving.ts';
import { ENGINES, type EngineUnderTest, POSTGRES, runs, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { ServerProcess } from './server-process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly said: { readonly err: string };
  readonly ran: Promise<Ran>;
}

function start(location: StoreLocation, ...args: readonly string[]): Started {
  return startNode([], location, args);
}

/** Dies in the middle of what it does when it says that, however late a busy machine lets anybody else hear of it. */
function startToDie(at: RegExp, location: StoreLocation, ...args: readonly string[]): Started {
  const program = `
    const write = process.stderr.write;
    let said = '';
    process.stderr.write = function (text, ...more) {
      const isTaken = write.call(this, text, ...more);
      said += text;
      if (${at}.test(said)) process.kill(process.pid, 'SIGKILL');
      return isTaken;
    };`;
  return startNode([`--import=data:text/javascript,${encodeURIComponent(program)}`], location, args);
}

function startNode(flags: readonly string[], location: StoreLocation, args: readonly string[]): Started {
  const child = spawn(process.execPath, [...flags, MAIN, ...args], {
    env: {
      PATH: process.env.PATH,
      DATA_DIR: location.dataDir,
      PUBLIC_URL: 'http://switchyard.test',
      ...(location.database.engine === 'postgres' ? { DATABASE_URL: location.database.url } : {}),
    },
  });
  const said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  return { child, said, ran: once(child, 'close').then(([code]) => ({ code, ...said })) };
}

const run = (location: StoreLocation, ...args: readonly string[]) => start(location, ...args).ran;

describe('switchyard backup and restore', { timeout: 180_000 }, () => {
  const places: EngineUnderTest[] = [];
  let folder: string;
  const file = (name: string) => join(folder, name);
  async function place({ open }: { open(): Promise<EngineUnderTest> }): Promise<StoreLocation> {
    const under = await open();
    places.push(under);
    return under.location;
  }
  beforeEach(async () => {
    folder = (await place(SQLITE)).dataDir;
  });
  afterEach(async () => {
    for (const under of places.splice(0)) await under.close();
  });

  /** So many that taking them in lasts for a while. */
  async function withClicks(location: StoreLocation, clicks: number): Promise<void> {
    await (await openStore(location)).database.close();
    const writer = openBatchWriter(location);
    await writer.transact((tx) =>
      tx.run(
        `insert into click (click_id, kind, at, link_id, domain_id, route_id, flags, visitor, user_agent, language, referrer_host)
         with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < $1)
         select printf('%032x', n), 1, 1760000000000 + n, 1 + n % 7, 1, 1, 0, printf('%016x', n % 999), 'Mozilla/5.0', 'ko', ''
           from numbers`,
        [clicks],
      ),
    );
    await writer.close();
  }

  // All four are tried by the suites of stores and of the API.
  test.each(WAYS.filter(({ from, to }) => from !== to))(
    'a killed server moves from $name with every click',
    async ({ from, to }) => {
      const [old, fresh] = [await place(from), await place(to)];
      {
        await using server = await ServerProcess.start(old);
        await server.createLink({ code: 'news' });
        for (let n = 0; n < 5; n++) expect((await server.visit('news')).status).toBe(302);
        await server.kill();
      }
      const all = file('all.backup');
      const backup = await run(old, 'backup', all);
      expect(backup).toMatchObject({ code: 0, out: '' });
      expect(backup.err).toContain(`Written to ${all}.`);
      expect(backup.err).toContain('every secret');
      expect(backup.err).not.toContain('server was running');
      expect(backup.err).not.toContain('has no journal');
      if (from === POSTGRES) {
        const elsewhere = { ...old, dataDir: file('elsewhere') };
        expect((await run(elsewhere, 'backup')).err).toContain(
          'DATA_DIR has no journal. A node that was killed',
        );
      }
      expect(statSync(all).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
      // So that what is set aside is what has such a name.
      expect(readdirSync(old.dataDir).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);

      const restored = await run(fresh, 'restore', all);
      expect(restored, restored.err).toMatchObject({ code: 0 });
      expect(restored.out).toMatch(/^Restored \d+ rows of 36 tables from .+, written 20.+Z by Switchyard \d/);
      const rows = /^Restored (\d+) rows/.exec(restored.out)?.[1];
      expect(restored.err.match(/^100 % .+rows /gm)).toEqual(Array(2).fill(`100 %  ${rows} rows `));
      expect(await backupOf(fresh)).toBe(await backupOf(old));
      await using server = await ServerProcess.start(fresh);
      expect((await server.visit('news')).status).toBe(302);
      const [link] = JSON.parse((await server.call('GET', '/links')).text).links;
      await until(async () => (await server.link(link.id)).clicks === 6, 'all clicks are counted');
    },
  );

  test.each(ENGINES)('beside a running server on $name, under visits, packed', async (engine) => {
    const [old, fresh] = [await place(engine), await place(SQLITE)];
    await using server = await ServerProcess.start(old);
    const link = await server.createLink({ code: 'busy' });
    let visits = 0;
    let isOver = false;
    const visiting = (async () => {
      while (!isOver) {
        const [{ status }, edited] = await Promise.all([
          server.visit('busy'),
          server.updateLink(link.id, { title: `${visits}` }),
        ]);
        expect(status).toBe(302);
        expect(edited.code).toBe('busy');
        visits++;
      }
    })();
    await until(() => visits > 10, 'people visit');
    const all = file('all.backup.gz');
    const backup = await run(old, 'backup', all);
    isOver = true;
    await visiting;
    expect(backup, backup.err).toMatchObject({ code: 0 });
    expect(backup.err).toContain('A server was running: clicks of the last moments are not in it');
    await server.untilDrained();
    expect((await server.link(link.id)).clicks).toBe(visits);
    const restored = await run(fresh, 'restore', all);
    expect(restored, restored.err).toMatchObject({ code: 0 });
    const text = gunzipSync(readFileSync(all)).toString();
    const lines = (line: string) => line.slice(0, line.lastIndexOf('"sha256"'));
    const first = (text_: string) => text_.slice(text_.indexOf('\n'));
    expect(lines(first(await backupOf(fresh)))).toBe(lines(first(text)));
    expect((await run(old, 'restore', all)).err).toContain('A server is running on');
  });

  test.each(ENGINES)('restore on $name, killed again and again, is whole or nothing', async (engine) => {
    const old = await place(SQLITE);
    await withClicks(old, 100_000);
    const all = file('all.backup');
    await run(old, 'backup', all);
    const target = await place(engine);
    let hasRefused = false;
    for (const sign of [
      /Checking[\s\S]+5\d %/,
      /Restoring/,
      /Restoring[\s\S]+1\d %/,
      /Restoring[\s\S]+6\d %/,
    ]) {
      const { code, err } = await startToDie(sign, target, 'restore', all).ran;
      expect(code, err).toBeNull();
      expect(err).toMatch(sign);
      expect(readdirSync(target.dataDir)).not.toContain('switchyard.db');
      if (hasRefused || !existsSync(join(target.dataDir, 'restoring'))) continue;
      hasRefused = true;
      const refused = await run(target, 'serve');
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.err).toContain('was cut short. Run the same "switchyard restore" again');
    }
    const done = await run(target, 'restore', all);
    expect(done, done.err).toMatchObject({ code: 0 });
    expect(done.err).toMatch(/Checking .+\n1\d % [\s\S]+Restoring .+\n1\d % [\s\S]+100 %/);
    expect(await backupOf(target)).toBe(await backupOf(old));
    expect(hasRefused).toBe(engine === SQLITE);
  });

  test.runIf(runs(POSTGRES))('a node that starts during a restore serves what was restored', async () => {
    const old = await place(SQLITE);
    await withClicks(old, 60_000);
    const all = file('all.backup');
    await run(old, 'backup', all);
    const target = await place(POSTGRES);
    const other = { ...target, dataDir: (await place(SQLITE)).dataDir };
    const { said, ran } = start(target, 'restore', all);
    await until(() => /Restoring[\s\S]+1\d %/.test(said.err), 'rows are written', 60_000);
    await using server = await ServerProcess.start(other);
    const { code, err } = await ran;
    expect(code, err).toBe(0);
    const { database } = await openStore(target);
    const { clicks } = await database.read
      .selectFrom('click')
      .select((eb) => eb.fn.countAll<number>().as('clicks'))
      .executeTakeFirstOrThrow();
    await database.close();
    expect(clicks).toBe(60_000);
    await server.createLink({ code: 'fresh' });
    expect((await server.visit('fresh')).status).toBe(302);
  });

  test('what is no backup, or was cut or changed, is refused and nothing is made', async () => {
    const old = await place(SQLITE);
    await (await openStore(old)).database.close();
    const all = file('all.backup');
    await run(old, 'backup', all);
    const text = readFileSync(all, 'utf8');
    const target = await place(SQLITE);
    const wrong: readonly [content: string, says: RegExp][] = [
      ['', /The file is empty/],
      ['{"type":"switchyard-export"}\n', /is no backup of Switchyard/],
      [text.slice(0, -1), /in the middle of a line: it was cut short/],
      [text.slice(0, text.lastIndexOf('{"type":"end"')), /before its own last line: it was cut short/],
      [text.replace('[1,0,"","",0,0]', '[1,0,"","",0,7]'), /The last line, \d+, is not/],
      [
        text.replace('[1,0,"","",0,0]', '[1,0,"",7,0,0]'),
        /: Line \d+, a row of dimension_value, has no text/,
      ],
      [text.replace('"format":1', '"format":7'), /newer/],
      [
        text.replace(/"format":1,"version":"/, '"format":7,"version":"\\u001b[2J'),
        /newer, Switchyard \( ?\[2J/,
      ],
    ];
    for (const [content, says] of wrong) {
      writeFileSync(file('wrong.backup'), content);
      const { code, err } = await run(target, 'restore', file('wrong.backup'));
      expect(code, err).toBe(1);
      expect(err).toMatch(says);
      expect(err).toMatch(/Nothing was restored\.\n$/);
      expect(err).not.toMatch(/\bat .+:\d+:\d+/);
      expect(err).not.toContain('\u001b');
      expect(readdirSync(target.dataDir).filter((name) => name !== 'lock.db')).toEqual([]);
    }
    expect(await run(target, 'restore', file('none'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/There is no file/),
    });
    expect((await run(target, 'backup', file('x'))).err).toMatch(
      /^Switchyard: There is no Switchyard data in/,
    );
  });

  test('into a place that is in use, or was, nothing is restored', async () => {
    const target = await place(SQLITE);
    await (await openStore(target)).database.close();
    const all = file('all.backup');
    await run(target, 'backup', all);
    const before = await backupOf(target);
    const taken = await run(target, 'restore', all);
    expect(taken.code).toBe(1);
    expect(taken.err).toMatch(
      /only where there is nothing yet, and there is a switchyard\.db\. Give another DATA_DIR/,
    );
    expect(await backupOf(target)).toBe(before);

    const other = await place(SQLITE);
    mkdirSync(join(other.dataDir, 'journal'));
    const segment = '0000000000000001-0196a1c2-0000-4000-8000-000000000001.journal';
    writeFileSync(join(other.dataDir, 'journal', segment), '');
    expect(await run(other, 'restore', all)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/holds clicks of an installation/),
    });
    expect(readdirSync(other.dataDir).sort()).toEqual(['journal', 'lock.db']);
  });

  test('killed before its last step, the same restore finishes it, and another says what is there', async () => {
    const old = await place(SQLITE);
    await (await openStore(old)).database.close();
    const all = file('all.backup');
    await run(old, 'backup', all);
    const mark = JSON.parse(readFileSync(all, 'utf8').trimEnd().split('\n').at(-1) ?? '').sha256;
    const target = await place(SQLITE);
    expect(await run(target, 'restore', all)).toMatchObject({ code: 0 });
    const at = (name: string) => join(target.dataDir, name);
    writeFileSync(file('cut.backup'), readFileSync(all).subarray(0, -9));
    for (const [left, backup, code, says] of [
      [mark, 'all.backup', 0, /^$/],
      [
        'of another',
        'all.backup',
        1,
        /was of another backup than .+all\.backup, of which nothing was restored/,
      ],
      [mark, 'cut.backup', 1, /it was cut short\. Nothing else was restored\.\n$/],
    ] as const) {
      mkdirSync(at('restored'));
      writeFileSync(at('restored/mark'), left);
      renameSync(at('switchyard.db'), at('restored/switchyard.db'));
      const again = await run(target, 'restore', file(backup));
      expect(again.code, again.err).toBe(code);
      const [first, ...rest] = again.err.replace(/^(Checking .+|\d+ % .+)\n/gm, '').split('\n');
      expect(first).toMatch(
        /cut short in its last step, which is done now: .+ holds what it has restored\.$/,
      );
      expect(rest.join('\n')).toMatch(says);
      expect(existsSync(at('restored'))).toBe(false);
      expect(await backupOf(target)).toBe(await backupOf(old));
    }
    mkdirSync(at('restored'));
    const refused = await run(target, 'restore', file('none'));
    expect(refused.err).toMatch(/There is no file .+ Nothing was restored\.\n$/);
    const fresh = await place(SQLITE);
    mkdirSync(join(fresh.dataDir, 'restored'));
    expect((await run(fresh, 'backup')).err).toMatch(/There is no Switchyard data in/);
    const restored = await run(fresh, 'restore', all);
    expect(restored, restored.err).toMatchObject({ code: 0, out: expect.stringMatching(/^Restored/) });
  });

  test('stdout takes a backup, too; a file that cannot be written leaves nothing', async () => {
    const location = await place(SQLITE);
    await (await openStore(location)).database.close();
    const { code, out } = await run(location, 'backup');
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^\{"type":"end"/);
    const refused = await run(location, 'backup', '/nowhere/at/all.backup');
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/The backup could not be written to/),
    });
    const { child, ran } = start(location, 'backup');
    child.stdout?.destroy();
    expect(await ran).toMatchObject({ code: 1, err: expect.stringMatching(/gone before its end/) });
    const full = openSync('/dev/full', 'w');
    const onto = spawn(process.execPath, [MAIN, 'backup'], {
      env: { PATH: process.env.PATH, DATA_DIR: location.dataDir },
      stdio: ['ignore', full, 'pipe'],
    });
    let said = '';
    onto.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    expect(await once(onto, 'close')).toEqual([1, null]);
    closeSync(full);
    expect(said).toMatch(/^Switchyard: The backup could not be written to stdout: ENOSPC.+\n$/);
  });

  test('a file that is no backup is not overwritten; one that is, or is empty, is', async () => {
    const location = await place(SQLITE);
    await (await openStore(location)).database.close();
    writeFileSync(file('letter.txt'), 'Dear friends');
    const refused = await run(location, 'backup', file('letter.txt'));
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/letter\.txt is no backup, and would be overwritten\. Name another file/);
    expect(readFileSync(file('letter.txt'), 'utf8')).toBe('Dear friends');
    writeFileSync(file('all.gz'), '');
    for (let time = 0; time < 2; time++) {
      const written = await run(location, 'backup', file('all.gz'));
      expect(written, written.err).toMatchObject({ code: 0 });
    }
  });

  test('folders and files of somebody else are told of in a sentence', async () => {
    const location = await place(SQLITE);
    await (await openStore(location)).database.close();
    for (const name of ['closed', 'read-only', 'open']) mkdirSync(file(name));
    writeFileSync(file('secret.backup'), '{}');
    chmodSync(file('secret.backup'), 0);
    chmodSync(file('closed'), 0);
    chmodSync(file('read-only'), 0o555);
    // Nobody is refused anything to root, unless that right is taken away.
    const [program, ...before] =
      process.getuid?.() === 0
        ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', process.execPath]
        : [process.execPath];
    for (const [dataDir, args, says] of [
      [file('closed'), ['backup'], /DATA_DIR .+closed cannot be used: EACCES/],
      [file('read-only'), ['backup'], /DATA_DIR .+ cannot be used: EACCES/],
      [file('read-only'), ['restore', MAIN], /DATA_DIR .+ cannot be used: EACCES/],
      [file('read-only/deeper'), ['restore', MAIN], /cannot be used: EACCES/],
      ['/dev/null/deeper', ['restore', MAIN], /cannot be used: ENOTDIR/],
      [file('open'), ['restore', file('secret.backup')], /cannot be read.+EACCES.+Nothing was restored/],
    ] as const) {
      const child = spawn(program as string, [...before, MAIN, ...args], {
        env: { PATH: process.env.PATH, DATA_DIR: dataDir },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      expect(await once(child, 'close'), said).toEqual([1, null]);
      expect(said).toMatch(says);
      expect(said).not.toMatch(/\bat .+:\d+:\d+/);
    }
    chmodSync(file('closed'), 0o700);
  });
});
