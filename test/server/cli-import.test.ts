import { existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EngineUnderTest, SQLITE } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { startCommand, type Variables, variablesOf } from './command.ts';
import { ServerProcess } from './server-process.ts';

/** What it does to a store is tried on both engines by the suites of stores and of the API. */
describe('switchyard import and export', { timeout: 180_000 }, () => {
  let under: EngineUnderTest;
  beforeEach(async () => {
    under = await SQLITE.open();
  });
  afterEach(() => under.close());

  const path = (name: string) => join(under.location.dataDir, name);
  function file(name: string, content: string): string {
    writeFileSync(path(name), content);
    return path(name);
  }

  const start = (args: readonly string[], env: Variables = {}) =>
    startCommand(args, { ...variablesOf(under.location), PUBLIC_URL: 'http://switchyard.test', ...env });
  const run = (...args: string[]) => start(args).ended;
  const rowsOf = (csv: string) =>
    readFileSync(csv, 'utf8')
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(','));

  const SMALL = [
    'short_link,link,st',
    'https://acme.page.link/aBcDeFgHiJkLmNoP9,https://example.com/1,One',
    'https://acme.page.link/xy,https://example.com/2,',
    'https://acme.page.link/bad,javascript:alert(1),',
    'https://acme.page.link/xy,https://example.com/3,',
    '',
  ].join('\n');

  const WHY = [
    'Refused:',
    '  1 × link must be an absolute http or https URL, such as https://example.com/page',
    '  1 × the code is in use and leads elsewhere',
    '',
  ].join('\n');

  test('beside a running server: a dry run, then the links, which work at once', async () => {
    await using server = await ServerProcess.start(under.location);
    const takeout = file('takeout.csv', SMALL);
    const [report, again] = [path('report.csv'), path('again.csv')];
    const args = ['import', 'firebase', takeout, '--domain', 'switchyard.test', '--group', 'From Firebase'];

    const dry = await run(...args, '--dry-run', '--report', report);
    expect(dry).toMatchObject({
      code: 1,
      out: `2 would be created, 0 there already, 2 refused. This was a dry run: nothing was written.\n${WHY}`,
    });
    expect((await server.visit('xy')).status).toBe(404);

    const real = await run(...args, '--report', again);
    expect(real).toMatchObject({ code: 1, out: `2 created, 0 there already, 2 refused.\n${WHY}` });
    expect(real.err).toMatch(/^100 % {2}4 rows {2}\d+ rows\/s\n$/);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(report, 'utf8'));
    expect(rowsOf(again).map(([row, outcome, url]) => [row, outcome, url])).toEqual([
      ['1', 'created', 'http://switchyard.test/aBcDeFgHiJkLmNoP9'],
      ['2', 'created', 'http://switchyard.test/xy'],
      ['3', 'refused', ''],
      ['4', 'refused', ''],
    ]);
    expect((await server.visit('aBcDeFgHiJkLmNoP9')).headers.location).toBe('https://example.com/1');

    const whole = await run(...args);
    expect(whole.code).toBe(1);
    expect(whole.out).toMatch(
      /^This file was imported whole at 2.+Z: 2 created, 0 there already, 2 refused\.\nNothing/,
    );
    expect(await run(...args, '--again')).toMatchObject({
      out: `0 created, 2 there already, 2 refused.\n${WHY}What became of each row: add --report report.csv\n`,
    });

    const csv = await run('export', '--format', 'csv');
    expect(csv.code).toBe(0);
    expect(csv.out.split('\r\n')).toHaveLength(4);
    const out = await run('export', '--out', path('all.ndjson'));
    expect(out).toMatchObject({ code: 0, out: '' });
    expect(out.err).toContain('hashes of passwords');
    expect(existsSync(path('all.ndjson.part'))).toBe(false);
  });

  test('columns that are not read are named, and what may protect links is never left out in silence', async () => {
    const table = file(
      'own.csv',
      'url,slug,pass,notes,hits_allowed,status\nhttps://a.test/,open1,secret,x,5,on\n',
    );
    const args = ['import', 'csv', table];
    await run('import', 'csv', file('first.csv', 'url\nhttps://a.test/\n'));
    for (const more of [[], ['--dry-run']]) {
      const { code, err, out } = await run(...args, ...more);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(
        /^Switchyard: The file has columns that may be .*: "status"\. .* --ignore-columns\.\n$/,
      );
    }
    const done = await run(...args, '--ignore-columns', 'status, notes');
    expect(done).toMatchObject({ code: 0, out: '1 created, 0 there already, 0 refused.\n' });
    expect(done.err).toMatch(
      /^Columns that are not read: "notes", "hits_allowed", "status"\. docs\/migration\.md lists those that are\.\n/,
    );
    await using server = await ServerProcess.start(under.location);
    expect((await server.visit('open1')).status).toBe(200);
  });

  test('columns to leave out may be named one by one, and have commas in them', async () => {
    const table = file('commas.csv', 'url,"Clicks, at most, limit",status,notes\nhttps://a.test/,5,on,x\n');
    const args = ['--ignore-columns', '"Clicks, at most, limit",notes', '--ignore-columns', 'status'];
    const done = await run('import', 'csv', table, ...args);
    expect(done).toMatchObject({ code: 0, out: '1 created, 0 there already, 0 refused.\n' });
  });

  test('a report that cannot be written to its end ends the import, which then goes on', async () => {
    const table = file('full.csv', 'code,destination\na,https://a.test/\nb,https://b.test/\n');
    expect(await run('import', 'csv', table, '--report', '/dev/full')).toEqual({
      code: 2,
      out: '',
      err: 'Switchyard: The report could not be written any further: ENOSPC: no space left on device, write. Rows that were taken are taken. Mend that, and run the same command again: it goes on from there.\n',
    });
    expect((await run('import', 'csv', table, '--report', path('report.csv'))).code).toBe(0);
    expect(rowsOf(path('report.csv'))).toHaveLength(2);
  });

  test('help is nothing to complain of when its reader has gone', async () => {
    const help = start(['import', '--help']);
    help.child.stdout?.destroy();
    expect(await help.ended).toEqual({ code: 0, out: '', err: '' });
  });

  test('with no server, into a folder where there was nothing yet; and out and in again', async () => {
    const done = await run('import', 'firebase', file('takeout.csv', SMALL), '--domain', 'switchyard.test');
    expect(done).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^2 created, 0 there already, 2 refused\.\n/),
    });
    const all = path('all.ndjson');
    expect((await run('export', '--out', all)).code).toBe(0);
    expect(await run('import', 'ndjson', all)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^0 created, 4 there already, 0 refused\.\n/),
    });
    await using server = await ServerProcess.start(under.location);
    expect((await server.visit('xy')).headers.location).toBe('https://example.com/2');
  });

  test('lists of short and long links, as a table and as JSON: tried, taken, taken again, out and in', async () => {
    const query = 'link=https%3A%2F%2Fexample.com%2Fp%3Fa%3D1&apn=com.example.app&ibi=com.example.ios&isi=99';
    const long = `https://acme.page.link/?${query}`;
    const own = `http://switchyard.test/?link=https%3A%2F%2Fnew.example%2F&apn=com.example.app`;
    const item = JSON.stringify({ shortLink: 'https://acme.page.link/aBcDeFgHiJkLmNoP9', longLink: long });
    const nested = `https://acme.page.link/?link=${encodeURIComponent(own)}`;
    const files: [kind: string, file: string, codes: string[], refused: number][] = [
      ['firebase', file('list.csv', `code,long_link\nQx12,${long}\n`), ['Qx12'], 0],
      ['firebase', file('list.json', `[${item}]`), ['aBcDeFgHiJkLmNoP9'], 0],
      ['csv', file('own.csv', `code,destination\nP,${long}\nO,${own}\nN,${nested}\n`), ['P', 'O'], 1],
    ];
    const take = async (end: (created: string, there: number) => string, ...more: string[]) => {
      for (const [kind, path, codes, refused] of files) {
        const { code, out } = await run('import', kind, path, '--domain', 'switchyard.test', ...more);
        const counts = `${end(String(codes.length), codes.length)}, ${refused} refused`;
        expect([code, out]).toEqual([refused, expect.stringContaining(counts)]);
      }
    };
    const made = (created: string) => `${created} created, 0 there already`;
    {
      await using server = await ServerProcess.start(under.location);
      const report = path('report.csv');
      await take(
        (created) => `${created} would be created, 0 there already`,
        '--dry-run',
        '--report',
        report,
      );
      expect(rowsOf(report).map((row) => row.slice(1, 4))).toEqual([
        ['created', 'http://switchyard.test/P', 'https://example.com/p?a=1'],
        ['created', 'http://switchyard.test/O', 'https://new.example/'],
        ['refused', '', nested],
      ]);
      await take(made);
      await take((_, there) => `0 created, ${there} there already`, '--again');
      for (const code of ['Qx12', 'aBcDeFgHiJkLmNoP9', 'P'])
        expect((await server.visit(code)).headers.location).toBe('https://example.com/p?a=1');
      expect((await server.visit('O')).headers.location).toBe('https://new.example/');
    }
    // Without a server, too.
    await take((_, there) => `0 created, ${there} there already`, '--again');
    const apps = (await run('export')).out.split('\n').filter((line) => line.includes('"kind":"link"'));
    expect(apps).toHaveLength(4);
    for (const line of apps) expect(JSON.parse(line).apps.android.identifier).toBe('com.example.app');
    const table = path('all.csv');
    await run('export', '--format', 'csv', '--out', table);
    expect(await run('import', 'csv', table)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^0 created, 4 there already, 0 refused\.\n/),
    });
  });

  test('a report is whole after any cut, as if there had been none', async () => {
    const lines = Array.from(
      { length: 12 },
      (_, n) => `r${n},${n === 3 ? 'nowhere' : `https://example.com/${n}`}`,
    );
    const table = file('cut.csv', `code,destination\n${lines.join('\n')}\nr0,https://example.com/other\n`);
    const report = path('report.csv');
    await run('import', 'csv', table, '--on-conflict', 'fail', '--report', report);
    const text = readFileSync(report, 'utf8');
    expect(rowsOf(report).map(([row]) => Number(row))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    // As a kill leaves it: in its heading, in a row.
    for (const at of [10, text.indexOf('\r\n3,') + 4]) {
      writeFileSync(report, text.slice(0, at));
      await run('import', 'csv', table, '--on-conflict', 'fail', '--report', report);
      const rows = rowsOf(report);
      expect(rows.map(([row]) => Number(row))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect(rows.map(([, outcome]) => outcome).filter((one) => one === 'refused')).toHaveLength(1);
      expect(rows[11]).toEqual([
        ...['12', 'exists', 'http://switchyard.test/r11', 'https://example.com/11'],
        'was taken before the import was stopped',
      ]);
    }
    // Also when nothing but the report is missing.
    const whole = path('whole.csv');
    await run('import', 'csv', table, '--report', whole);
    const before = rowsOf(whole);
    writeFileSync(whole, readFileSync(whole, 'utf8').slice(0, 300));
    expect((await run('import', 'csv', table, '--report', whole)).out).toContain('was imported whole');
    expect(rowsOf(whole).map((row) => row.slice(0, 4))).toEqual(before.map((row) => row.slice(0, 4)));
    expect(rowsOf(whole).at(-2)?.[4]).toBe('was taken when this file was imported before');
  });

  test('a report never overwrites what is none, the file itself above all', async () => {
    const table = file('self.csv', 'code,destination\na,https://a.test/\n');
    const [alias, link] = [path('alias.csv'), path('hard.csv')];
    symlinkSync(table, alias);
    linkSync(table, link);
    for (const report of [table, alias, link, `${under.location.dataDir}/./self.csv`]) {
      const { code, err } = await run('import', 'csv', table, '--report', report);
      expect([code, err]).toEqual([2, expect.stringContaining('would overwrite the file that is imported')]);
    }
    const letter = file('letter.txt', 'Dear Ann,');
    expect(await run('import', 'csv', table, '--report', letter)).toMatchObject({
      code: 2,
      err: expect.stringContaining('is no report of an import'),
    });
    expect(readFileSync(table, 'utf8')).toBe('code,destination\na,https://a.test/\n');
    expect(readFileSync(letter, 'utf8')).toBe('Dear Ann,');
    const report = file('report.csv', '');
    for (const _ of [1, 2]) expect((await run('import', 'csv', table, '--report', report)).code).toBe(0);
    expect(rowsOf(report)).toHaveLength(1);
  });

  test('codes keep their whole path, or are refused with the domain that keeps it', async () => {
    const table = file(
      'paths.csv',
      'short,url\ns.test/a,https://a.test/\ns.test/foo/bar,https://b.test/\nhttps://s.test/c,https://c.test/\n',
    );
    const report = path('report.csv');
    const done = await run('import', 'csv', table, '--domain', 'switchyard.test', '--report', report);
    expect(done).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^2 created, 0 there already, 1 refused\.\nRefused:\n {2}1 × stands at/),
    });
    expect(rowsOf(report)[1]).toEqual([
      ...['2', 'refused', '', 'https://b.test/'],
      '"stands at /foo/bar there; to keep that path import it with --domain switchyard.test/foo"',
    ]);
    const own = file(
      'own.csv',
      'short,url\nswitchyard.test/d,https://a.test/\nswitchyard.test/foo/e,https://e.test/\n',
    );
    await run('import', 'csv', own, '--domain', 'switchyard.test', '--report', path('root.csv'));
    expect(rowsOf(path('root.csv')).map(([, outcome]) => outcome)).toEqual(['created', 'refused']);
  });

  test('of two processes at one file one does what the other does not, and says so', async () => {
    await using server = await ServerProcess.start(under.location);
    const codes = Array.from({ length: 3_000 }, (_, n) => `m${n},https://example.com/${n}\n`);
    const table = file('many.csv', `code,destination\n${codes.join('')}`);
    const args = ['import', 'csv', table];
    const ends = await Promise.all([run(...args), run(...args)]);
    for (const { code, out, err } of ends) {
      expect([0, 1], out + err).toContain(code);
      if (code === 1) expect(out).toContain('Another process is at this file');
    }
    expect(ends.some(({ code }) => code === 0)).toBe(true);
    expect((await run(...args)).out).toContain('3000 created');
    expect((await server.visit('m2999')).status).toBe(302);
  });

  test('a domain that is not there is said before anything is begun', async () => {
    const table = file('table.csv', 'code,destination\na,https://a.test/\n');
    await run('import', 'csv', table);
    const [report, args] = [path('report.csv'), ['import', 'csv', table, '--domain', 'nowhere.test']];
    for (const more of [[], ['--dry-run']]) {
      const { code, out, err } = await run(...args, '--report', report, ...more);
      expect([code, out, err]).toEqual([2, '', expect.stringContaining('there is no domain nowhere.test')]);
    }
    expect(existsSync(report)).toBe(false);
  });

  test('a dry run makes no database, and stops where the run will', async () => {
    const folder = path('not-yet');
    const table = file(
      'table.csv',
      'code,destination\na,https://a.test/\na,https://b.test/\nc,https://c.test/\n',
    );
    const args = ['import', 'csv', table, '--on-conflict', 'fail'];
    const dry = await start([...args, '--dry-run'], { DATA_DIR: folder }).ended;
    expect([dry.code, dry.err]).toEqual([
      2,
      expect.stringContaining(
        `There is no Switchyard data in ${folder}. Run this in the folder of the clone`,
      ),
    ]);
    expect(existsSync(folder)).toBe(false);

    await run('import', 'csv', file('other.csv', 'code,destination\nz,https://z.test/\n'));
    const stopped = 'Stopped before row 2: the code is in use and leads elsewhere.\n';
    expect(await run(...args, '--dry-run')).toMatchObject({
      code: 1,
      out: `1 would be created, 0 there already, 0 refused. This was a dry run: nothing was written.\n${stopped}`,
    });
    expect(await run(...args)).toMatchObject({
      code: 1,
      out: `1 created, 0 there already, 0 refused.\n${stopped}`,
    });
  });

  test('short URLs are those the server will have, also before it has run under its new name', async () => {
    const table = file('table.csv', 'code,destination\na,https://a.test/\n');
    const [report, dry] = [path('report.csv'), path('dry.csv')];
    await run('import', 'csv', file('first.csv', 'code,destination\nz,https://z.test/\n'));
    const named = { PUBLIC_URL: 'https://go.example.test' };
    // The database still calls its default domain switchyard.test.
    const args = ['import', 'csv', table, '--domain', 'go.example.test'];
    expect(await start([...args, '--dry-run', '--report', dry], named).ended).toMatchObject({ code: 0 });
    expect(await start([...args, '--report', report], named).ended).toMatchObject({ code: 0 });
    expect(rowsOf(dry)[0]?.slice(0, 3)).toEqual(['1', 'created', 'https://go.example.test/a']);
    expect(readFileSync(report, 'utf8')).toBe(readFileSync(dry, 'utf8'));
    // Where nothing names the server it is called as it was, and so it may be called at any time.
    const unnamed = start(['import', 'csv', table, '--again', '--report', path('old.csv')], {
      PUBLIC_URL: '',
    });
    expect(await unnamed.ended).toMatchObject({ code: 0 });
    expect(rowsOf(path('old.csv'))[0]?.slice(0, 3)).toEqual(['1', 'exists', 'http://switchyard.test/a']);
    const old = ['import', 'csv', table, '--domain', 'switchyard.test', '--again'];
    expect(await start(old, named).ended).toMatchObject({ out: '0 created, 1 there already, 0 refused.\n' });
  });

  test('everything as a table comes back protected, without a server and beside one', async () => {
    const all = path('all.csv');
    const guarded = 'code,destination,password,memo\na,https://a.test/,open sesame," x"\n';
    await run('import', 'csv', file('guarded.csv', guarded));
    const whole = await run('export', '--format', 'csv', '--secrets', '--out', all);
    expect(whole).toMatchObject({
      code: 0,
      err: expect.stringContaining('hashes of passwords and the secrets'),
    });
    expect(readFileSync(all, 'utf8')).toContain('$argon2id$');
    const plain = await run('export', '--format', 'csv');
    expect(plain.out).not.toContain('argon2');
    expect(plain.err).toContain('come back paused');

    const elsewhere = { DATA_DIR: path('elsewhere') };
    const [report, exported] = [path('report.csv'), path('again.csv')];
    const back = start(['import', 'csv', all, '--report', report], elsewhere);
    // The default domain is there already, and is all that has no short URL of its own.
    expect(await back.ended).toMatchObject({ code: 0, out: expect.stringMatching(/ 0 refused\.\n/) });
    await using server = await ServerProcess.start({ ...under.location, dataDir: path('elsewhere') });
    expect(await server.visit('a')).toMatchObject({ status: 200 });
    await start(['export', '--format', 'csv', '--secrets', '--out', exported], elsewhere).ended;
    expect(readFileSync(exported, 'utf8')).toBe(readFileSync(all, 'utf8'));
    const without = await start(['export', '--no-secrets'], elsewhere).ended;
    expect(without.err).toContain('Webhooks get new secrets');
  });

  test('an export after a kill has every click that was answered, and what of a limit is left', async () => {
    const location = under.location;
    const limit = 12;
    let visits = 0;
    let said = '';
    // What was answered is in the journal; how much of it is in the tables at a kill is up to the moment.
    for (let kill = 0; kill < 4 && !said.includes('of the journal were counted first'); kill++) {
      await using server = await ServerProcess.start(location);
      if (kill === 0) await server.createLink({ code: 'limited', settings: { maxClicks: limit } });
      const answers = await Promise.all([1, 2, 3].map(() => server.visit('limited')));
      expect(answers.map(({ status }) => status)).toEqual([302, 302, 302]);
      await server.kill();
      visits += answers.length;
      const unnamed = await start(['export'], { PUBLIC_URL: '' }).ended;
      const named = await run('export', '--out', path('all.ndjson'));
      expect(named.code).toBe(0);
      expect(readFileSync(path('all.ndjson'), 'utf8')).toContain(`"clicks":${visits}`);
      said = named.err;
      if (said.includes('counted first')) {
        expect(unnamed.code).not.toBe(0);
        expect(unnamed.err).toMatch(/^Switchyard: \d+ clicks of the journal .* Give PUBLIC_URL/);
        expect(unnamed.out).toBe('');
      }
    }
    expect(said).toMatch(/^\d+ clicks of the journal were counted first\.\n/);
    expect((await run('export', '--out', path('again.ndjson'))).err).not.toContain('of the journal');
    const content = (name: string) => readFileSync(path(name), 'utf8').replace(/^.*\n/, '');
    expect(content('again.ndjson')).toBe(content('all.ndjson'));

    const elsewhere = { ...location, dataDir: path('elsewhere') };
    await start(['import', 'ndjson', path('all.ndjson')], { DATA_DIR: elsewhere.dataDir }).ended;
    // And where it came from nothing is counted twice.
    for (const one of [elsewhere, location]) {
      await using server = await ServerProcess.start(one);
      for (let left = limit - visits; left > 0; left--)
        expect((await server.visit('limited')).status).toBe(302);
      expect((await server.visit('limited')).status).toBe(403);
    }
  });

  test('an export whose reader has seen enough ends with a sentence', async () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `e${n},https://example.com/${n}`);
    await run('import', 'csv', file('many.csv', `code,destination\n${lines.join('\n')}\n`));
    const { child, ended } = start(['export']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, err } = await ended;
    expect([code, err]).toEqual([
      1,
      'Switchyard: Whoever reads the export has gone before its end: what they have of it is not whole.\n',
    ]);
  });

  test('killed in the middle, it goes on where it was and makes every link once', async () => {
    const rows = 20_000;
    const lines = Array.from({ length: rows }, (_, n) => `k${n},https://example.com/${n}`);
    const table = file('many.csv', `code,destination\n${lines.join('\n')}\n`);
    await using server = await ServerProcess.start(under.location);
    const first = start(['import', 'csv', table]);
    await until(() => /^\d\d %/m.test(first.said.err), 'a tenth was done', 60_000);
    first.child.kill('SIGKILL');
    expect((await first.ended).code).toBeNull();

    const second = start(['import', 'csv', table]);
    await until(() => /^[3-9]\d %|^100 %/m.test(second.said.err), 'more was done', 60_000);
    second.child.kill('SIGINT');
    const { code, out, err } = await second.ended;
    expect(err).toMatch(/^Going on after row \d+\.\n/);
    if (code === 130) expect(out).toMatch(/Stopped\. The same command goes on from here\.\n$/);
    else expect(code).toBe(0);

    const third = await run('import', 'csv', table);
    expect(third.code).toBe(0);
    expect(third.out).toContain(`${rows} created, 0 there already, 0 refused.`);
    expect((await server.visit('k19999')).headers.location).toBe('https://example.com/19999');
    const csv = await run('export', '--format', 'csv');
    expect(csv.out.split('\r\n')).toHaveLength(rows + 2);
  });

  test('what cannot be begun says why, with 2', async () => {
    const kinds = 'ndjson, firebase, csv, bitly, kutt, yourls, shlink, dub';
    const table = file('table.csv', 'keyword,url\na,https://a.test/\n');
    const refusals: [args: string[], message: string][] = [
      [['import', 'excel', table], `There is no import "excel". There are: ${kinds}`],
      [['import', 'csv', path('none.csv')], `There is no file ${path('none.csv')}.`],
      [['import', 'csv', under.location.dataDir], `${under.location.dataDir} is no file.`],
      [['import', 'csv', file('empty.csv', '')], 'The file is empty.'],
      [['import', 'kutt', table], 'The file has no column'],
      [['import', 'csv', table, '--on-conflict', 'win'], '--on-conflict must be one of skip, rename, fail.'],
      [['import', 'ndjson', table, '--domain', 'a.test'], 'leave --domain away'],
      [
        ['import', 'yourls', table, '--report', path('no/such/folder.csv')],
        `The report cannot be written: there is no folder ${path('no/such')}`,
      ],
      [['import', 'ndjson', table, '--ignore-columns', 'a'], 'leave --ignore-columns away'],
    ];
    for (const [args, message] of refusals) {
      const { code, err } = await run(...args);
      expect([args, code, err]).toEqual([args, 2, expect.stringContaining(message)]);
    }
    expect((await run('export', '--format', 'xml')).code).toBe(1);
  });

  test('an end at the first conflict says where, and the rest waits', async () => {
    await run('import', 'csv', file('one.csv', 'code,destination\nb,https://a.test/\n'));
    const table = file(
      'two.csv',
      'code,destination\na,https://a.test/\nb,https://b.test/\nc,https://a.test/\n',
    );
    const args = ['import', 'csv', table, '--on-conflict', 'fail'];
    const stopped = {
      code: 1,
      out: '1 created, 0 there already, 0 refused.\nStopped before row 2: the code is in use and leads elsewhere.\n',
    };
    expect(await run(...args)).toMatchObject(stopped);
    expect(await run(...args)).toMatchObject(stopped);
  });
});
