import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entriesOf } from '../../src/api/native/transfer-entry.ts';
import { ReservedSegments } from '../../src/links/code.ts';
import { DomainDirectory } from '../../src/links/domain-directory.ts';
import { LongLinkStandIns } from '../../src/links/long-link-stand-ins.ts';
import { hashSecret } from '../../src/links/secret-hash.ts';
import { prepareLogo } from '../../src/qr/logo-picture.ts';
import { QrLogoService } from '../../src/qr/qr-logo-service.ts';
import type { OnConflict } from '../../src/transfer/import-entry.ts';
import { type ImportAnswer, ImportService } from '../../src/transfer/import-service.ts';
import { ENGINES } from '../support/engines.ts';
import { ACTOR, Workbench } from '../support/workbench.ts';

const FINGERPRINT = 'ab'.repeat(32);
const A = 'https://a.test/';
const B = 'https://b.test/';

interface Taking {
  readonly dryRun?: boolean;
  readonly onConflict?: OnConflict;
  readonly group?: string;
  readonly before?: readonly object[];
  readonly run?: { readonly from: number; readonly restart?: boolean; readonly finish?: boolean };
}

describe.each(ENGINES)('imports on $name', (engine) => {
  let bench: Workbench;
  let imports: ImportService;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    imports = serviceOf(bench);
  });
  afterAll(() => bench.close());

  function serviceOf({ database, ...services }: Workbench): ImportService {
    const { domains, groups, apps, links, projects, endpoints } = services;
    const [reserved, qrLogos] = [new ReservedSegments(), new QrLogoService(database)];
    const more = { publicUrl: 'http://localhost:8080', domainAliases: ['b2co.link'] };
    return new ImportService(database, {
      ...{ domains, groups, apps, links, projects, endpoints, qrLogos, reserved, ...more },
    });
  }

  async function take(
    rows: readonly object[],
    { dryRun = false, onConflict = 'skip', group, before = [], run }: Taking = {},
    service = imports,
  ): Promise<ImportAnswer> {
    const of = (all: readonly object[]) =>
      entriesOf({ links: bench.links, prepareLogo }, all as Record<string, unknown>[], dryRun);
    return await service.take(ACTOR, bench.project.id, {
      entries: await of(rows),
      before: await of(before),
      options: { onConflict, group },
      dryRun,
      run: run && { kind: 'csv', fingerprint: FINGERPRINT, restart: false, finish: false, ...run },
    });
  }

  const link = (code: string, destination = A, more: object = {}) => ({
    kind: 'link',
    code,
    destination,
    ...more,
  });
  const outcomes = ({ outcomes: all }: ImportAnswer) => all.map(({ outcome }) => outcome);
  const reasons = ({ outcomes: all }: ImportAnswer) => all.map(({ reason }) => reason);
  const found = (code: string) => bench.links.findByCode(bench.project.id, bench.domain.id, code);
  const total = () => bench.links.total({ projectId: bench.project.id });

  test('a link keeps what it was elsewhere', async () => {
    const id = 'lnk_AbCdEfGhIjKlMnOp';
    const answer = await take([
      link('keeps', A, {
        id,
        createdAt: '2020-01-02T03:04:05Z',
        clicks: 1200,
        visitors: 300,
        tags: ['x'],
        source: 'vivoldi',
      }),
      link('generat1', A, { generatedCode: true }),
    ]);
    expect(answer.outcomes).toEqual([
      { outcome: 'created', reason: null, shortUrl: 'http://localhost:8080/keeps' },
      { outcome: 'created', reason: null, shortUrl: 'http://localhost:8080/generat1' },
    ]);
    expect(await found('keeps')).toMatchObject({
      publicId: id,
      createdAt: Date.UTC(2020, 0, 2, 3, 4, 5),
      clicks: 1200,
      visitors: 300,
      tags: ['x'],
      source: 'vivoldi',
      hasCustomCode: true,
    });
    expect(await found('generat1')).toMatchObject({ source: 'import', clicks: 0, hasCustomCode: false });
    expect(await bench.historyOf(id)).toMatchObject([{ actor: ACTOR, action: 'created', entity: 'link' }]);
  });

  test('a broken row is refused by itself, with a reason that names the field', async () => {
    const other = await bench.createProject('import-other');
    await bench.createLinks([{ code: 'theirs' }], other);
    await bench.createLink({ code: 'ours', destination: A });
    const gone = await bench.createLink({ destination: A });
    await bench.deleteLink(gone);
    const wished = await bench.createLink({ code: 'wished', destination: A });
    await bench.deleteLink(wished);
    const answer = await take([
      link('ok-1'),
      link('javascript', 'javascript:alert(1)'),
      link('API'),
      link('a b'),
      link('theirs'),
      link('ours', B),
      link('ours'),
      link('ok-1', B),
      link('ok-1'),
      link(gone.code),
      link('wished'),
      link('nowhere', A, { domain: 'unknown.test' }),
      link('grouped', A, { groupId: 'grp_0000000000000000' }),
      link('apped', A, { apps: { ios: { savedAppId: 'nonsense' } } }),
      link('ends', A, { settings: { startsAt: '2030-01-01T00:00:00Z', endsAt: '2029-01-01T00:00:00Z' } }),
      link('hashed', A, {
        secretHashes: { password: '$argon2id$v=19$m=9999999,t=9,p=1$abcdefghijkl$abcdefghijklmnop' },
      }),
      link('plain', A, { secretHashes: { password: 'secret' } }),
      link('unknown', A, { colour: 'red' }),
      link('clicked', A, { clicks: -1 }),
      { kind: 'thing' },
      {},
      link('circle', 'http://localhost:8080/circle?a=1'),
      link('ok-2'),
    ]);
    expect(
      answer.outcomes.map(({ outcome, reason }) => (reason ?? '').replace(/^.*: /, '') || outcome),
    ).toEqual([
      'created',
      'must be an absolute http or https URL, such as https://example.com/page',
      '"API" is a word the product keeps for itself; choose another',
      'may contain letters, digits, "-", "_" and "."',
      'the code is in use on this domain',
      'the code is in use and leads elsewhere',
      'exists',
      'the code is in use and leads elsewhere',
      'exists',
      'the code belonged to a link that has been deleted, and stays reserved',
      'created',
      'there is no domain unknown.test; add it (POST /api/v1/domains {"host":"unknown.test"}), or name the one that is to have the codes (--domain)',
      'there is no group grp_0000000000000000',
      'does not reference an iOS app in this project',
      'must not be before startsAt',
      'must be an argon2id hash of usual cost',
      'must be an argon2id hash as an export writes it',
      'is not known',
      'must be at least 0',
      expect.any(String),
      expect.any(String),
      'is the short URL of the link itself; say where it leads',
      'created',
    ]);
    expect(await found('ours')).toMatchObject({ route: { destination: A } });
  });

  test('what has a conflict can get a new code, or end the import before it', async () => {
    await take([link('busy', A)]);
    const renamed = await take([link('busy', B), link('fresh')], { onConflict: 'rename' });
    expect(outcomes(renamed)).toEqual(['created', 'created']);
    expect(renamed.outcomes[0]).toMatchObject({
      reason: 'has a new code: the code is in use and leads elsewhere',
      shortUrl: expect.stringMatching(/^http:\/\/localhost:8080\/[A-Za-z0-9]{8}$/),
    });
    const run = { from: 0 };
    const stopped = await take([link('early'), link('busy', B), link('late')], { onConflict: 'fail', run });
    expect(outcomes(stopped)).toEqual(['created']);
    expect(stopped.stop).toEqual({ index: 1, reason: 'the code is in use and leads elsewhere' });
    expect(stopped.run).toMatchObject({ position: 1, created: 1, finishedAt: null });
    expect(await found('late')).toBeUndefined();
    await take([], { run: { from: 0, restart: true } });
  });

  test('what links name may stand before them in the same rows, and is made once', async () => {
    const group = { kind: 'group', id: 'grp_0123456789abcdef', name: 'Imported', settings: { paused: true } };
    const app = {
      kind: 'app',
      id: '11111111-2222-4333-8444-555555555555',
      platform: 'ios',
      name: 'Acme',
      identifier: 'com.example.acme',
    };
    const domain = { kind: 'domain', host: 'links.test', pathPrefix: 'share' };
    const rows = [
      domain,
      group,
      app,
      link('a', A, { domain: 'links.test/share', groupId: group.id, apps: { ios: { savedAppId: app.id } } }),
      link('b', A, { group: 'By name' }),
      link('c', A, { group: 'By name' }),
      link('d', A, { domain: 'b2co.link' }),
    ];
    expect(reasons(await take(rows))).toEqual(rows.map(() => null));
    const named = await bench.links.list({ projectId: bench.project.id, limit: 4 });
    expect(named.map(({ code, group: own }) => [code, own?.name])).toEqual([
      ['d', undefined],
      ['c', 'By name'],
      ['b', 'By name'],
      ['a', 'Imported'],
    ]);
    expect(named[3]).toMatchObject({ apps: { ios: { savedAppId: app.id, identifier: 'com.example.acme' } } });
    expect(named[1]?.group?.id).toBe(named[2]?.group?.id);
    expect(await bench.groups.load(bench.project.id, group.id)).toMatchObject({ linkCount: 1 });

    const again = await take([{ ...group, name: 'Renamed' }, app, domain, ...rows.slice(3)], {
      group: 'Rest',
    });
    expect(outcomes(again)).toEqual(rows.map(() => 'exists'));
    expect(await bench.groups.load(bench.project.id, group.id)).toMatchObject({ name: 'Imported' });
  });

  test('a group is made with its first link, and links that are there are not moved into it', async () => {
    const groupsNamed = (search: string) =>
      bench.groups.list({ projectId: bench.project.id, search, limit: 5 });
    await take([link('there')]);
    const again = [link('there'), link('there', B)];
    const answer = await take(again, { group: 'Nobody’s' });
    expect(outcomes(answer)).toEqual(['exists', 'refused']);
    expect(reasons(answer)[0]).toBe(
      'is not in the group "Nobody’s": links that are there are left as they are',
    );
    expect(await groupsNamed('Nobody’s')).toEqual([]);

    const made = await take([link('there'), link('new'), link('new'), link('renamed-to', A)], {
      group: 'Somebody’s',
    });
    expect(outcomes(made)).toEqual(['exists', 'created', 'exists', 'created']);
    expect(reasons(made).map((reason) => reason?.slice(0, 9))).toEqual([
      'is not in',
      undefined,
      undefined,
      undefined,
    ]);
    expect(await groupsNamed('Somebody’s')).toMatchObject([{ linkCount: 2 }]);
    expect(reasons(await take([link('new')], { group: 'Somebody’s' }))).toEqual([null]);
    expect(reasons(await take([link('new')], { group: 'Nobody’s' }))).toEqual([
      'is not in the group "Nobody’s": links that are there are left as they are',
    ]);

    const renaming = { onConflict: 'rename', group: 'Nobody’s' } as const;
    expect(outcomes(await take([link('there', B)], { onConflict: 'rename' }))).toEqual(['created']);
    expect(reasons(await take([link('there', B)], renaming))).toEqual([
      'has the new code that it was given before; is not in the group "Nobody’s": links that are there are left as they are',
    ]);
    expect(await groupsNamed('Nobody’s')).toEqual([]);
  });

  test('a group whose id is another’s gets a new one, and its links find it by its name', async () => {
    const deleted = await bench.createGroup('Back again');
    await bench.deleteGroup(deleted);
    const answer = await take(
      [
        { kind: 'group', id: deleted.publicId, name: 'Back again' },
        link('back-1', A, { groupId: deleted.publicId, group: 'Back again' }),
        link('back-2'),
      ],
      { group: 'Back again' },
    );
    expect(reasons(answer)).toEqual(['has a new id, because its own is in use', null, null]);
    const [one, two] = [await found('back-1'), await found('back-2')];
    expect(one?.group).toMatchObject({ name: 'Back again' });
    expect(one?.group?.publicId).not.toBe(deleted.publicId);
    expect(two?.group?.id).toBe(one?.group?.id);
  });

  test('a dry run says the same and leaves nothing behind', async () => {
    const before = await total();
    const changes = await bench.database.read.selectFrom('change').select('id').execute();
    const group = { kind: 'group', id: 'grp_dryrundryrundry0', name: 'Dry' };
    const rows = [
      link('dry-1', A, { groupId: group.id }),
      link('dry-2', A, { group: 'Dry too' }),
      link('busy', B),
    ];
    expect(reasons(await take(rows, { dryRun: true }))[0]).toMatch(/^there is no group/);
    const answer = await take(rows, { dryRun: true, before: [group], run: { from: 7 } });
    expect(outcomes(answer)).toEqual(['created', 'created', 'refused']);
    expect(answer.run).toBeUndefined();
    expect(await total()).toBe(before);
    expect(await bench.groups.list({ projectId: bench.project.id, search: 'Dry', limit: 5 })).toEqual([]);
    expect(await bench.database.read.selectFrom('change').select('id').execute()).toHaveLength(
      changes.length,
    );
  });

  test('a run knows how far it is, and nobody else can go on from elsewhere', async () => {
    const name = { kind: 'csv', fingerprint: FINGERPRINT };
    await take([], { run: { from: 0, restart: true } });
    await take([link('run-1'), link('run-1'), link('run-1', B)], { run: { from: 0 } });
    expect(await imports.findRun(bench.project.id, name)).toMatchObject({
      ...{ position: 3, created: 1, existing: 1, refused: 1, finishedAt: null },
    });
    await expect(take([link('run-2')], { run: { from: 0 } })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('has come to row 3, not 0'),
    });
    expect(await found('run-2')).toBeUndefined();

    const other = await bench.another();
    const both = await Promise.allSettled([
      take([link('run-3')], { run: { from: 3 } }),
      take([link('run-4')], { run: { from: 3 } }, serviceOf(other)),
    ]);
    await other.close();
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await imports.findRun(bench.project.id, name)).toMatchObject({ position: 4 });

    await take([], { run: { from: 4, finish: true } });
    await expect(take([], { run: { from: 4 } })).rejects.toMatchObject({
      message: expect.stringContaining('finished'),
    });
    expect(await imports.findRun(999, name)).toBeUndefined();
  });

  test('two who import the same codes at once make each of them once', async () => {
    const other = await bench.another();
    const rows = Array.from({ length: 300 }, (_, n) => link(`race-${n}`));
    const answers = await Promise.all([
      take(rows),
      take(rows, {}, serviceOf(other)),
      take([...rows].reverse()),
    ]);
    await other.close();
    const all = answers.flatMap(outcomes);
    expect(all.filter((one) => one === 'created')).toHaveLength(300);
    expect(all.filter((one) => one === 'exists')).toHaveLength(600);
  });

  test('a group that has the same name here lifts nothing that a link comes with', async () => {
    await bench.createGroup('Lifts', { paused: false, maxClicks: 50, endsAt: Date.UTC(2040, 0) });
    await bench.createGroup('Scans', { qrBypass: true });
    const rows = [
      link('lift-1', A, { group: 'Lifts', settings: { paused: true } }),
      link('lift-2', A, { group: 'Lifts', settings: { maxClicks: 49 } }),
      link('lift-3', A, { group: 'Lifts', settings: { maxClicks: 51, endsAt: '2041-01-01T00:00:00Z' } }),
      link('lift-4', A, { settings: { endsAt: '2039-01-01T00:00:00Z' } }),
      link('lift-6', A, { group: 'Scans', settings: { maxClicks: 1, qrBypass: false } }),
      link('lift-5', A, { group: 'Lifts', settings: { password: 'stays here', expiredUrl: B } }),
    ];
    const note = (name: string) =>
      `is in no group, because the one called "Lifts" here decides ${name} for its links, and would let more people through`;
    expect(reasons(await take(rows, { group: 'Lifts' }))).toEqual([
      ...[note('paused'), note('maxClicks'), null, note('endsAt')],
      ...[expect.stringMatching(/"Scans" here decides qrBypass/), null],
    ]);
    const groups = await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) => (await found(`lift-${n}`))?.group?.name),
    );
    expect(groups).toEqual([undefined, undefined, 'Lifts', undefined, 'Lifts']);
  });

  test('a visitor’s password does not wait behind those of an import', async () => {
    const rows = Array.from({ length: 60 }, (_, n) =>
      link(`pw-${n}`, A, { settings: { password: `pw ${n} x` } }),
    );
    let isDone = false;
    const entries = entriesOf(
      { links: bench.links, prepareLogo },
      rows as Record<string, unknown>[],
      false,
    ).then(() => {
      isDone = true;
    });
    await setImmediate();
    for (let n = 0; n < 3; n++) await hashSecret('a visitor’s');
    expect(isDone).toBe(false);
    await entries;
  });

  test('a dry run looks at passwords and hashes none', async () => {
    const rows = (count: number, password = 'open sesame') =>
      Array.from({ length: count }, (_, n) =>
        link(`unhashed-${n}`, A, { settings: { password, statsPassword: 'numbers' } }),
      );
    const startedAt = performance.now();
    for (let n = 0; n < 20; n++) await hashSecret('open sesame');
    const ofHashes = performance.now() - startedAt;
    const answer = await take(rows(400), { dryRun: true });
    expect(performance.now() - startedAt - ofHashes).toBeLessThan(ofHashes * 10);
    expect(new Set(outcomes(answer))).toEqual(new Set(['created']));
    const refused = await take([...rows(1, 'off'), link('odd', A, { settings: { password: 7 } })], {
      dryRun: true,
    });
    expect(reasons(refused)).toEqual([
      expect.stringContaining('settings.password'),
      expect.stringContaining('settings.password'),
    ]);
    await bench.createGroup('Open to all', { password: false });
    const lifted = await take([link('lifted', A, { group: 'Open to all', settings: { password: 'mine' } })], {
      dryRun: true,
    });
    expect(reasons(lifted)).toEqual([expect.stringContaining('decides password for its links')]);
  });

  test('what was renamed is found again, however often the file comes', async () => {
    const file = [
      link('wanted', B),
      link('wanted', 'https://c.test/'),
      link('wanted', B),
      link('wanted-2', B, { createdAt: '2020-01-01T00:00:00Z' }),
    ];
    await take([link('wanted', A), link('wanted-2', A)]);
    const first = await take(file, { onConflict: 'rename' });
    expect(outcomes(first)).toEqual(['created', 'created', 'exists', 'created']);
    const urls = ({ outcomes: all }: ImportAnswer) => all.map(({ shortUrl }) => shortUrl);
    expect(new Set(urls(first)).size).toBe(3);
    const before = await total();
    const again = await take([...file, link('wanted', 'https://d.test/')], { onConflict: 'rename' });
    expect(outcomes(again)).toEqual(['exists', 'exists', 'exists', 'exists', 'created']);
    expect(urls(again).slice(0, 4)).toEqual(urls(first));
    expect(await total()).toBe(before + 1);

    const code = urls(first)[0]?.split('/').at(-1) ?? '';
    const renamed = await found(code);
    expect(renamed).toMatchObject({ route: { destination: B }, hasCustomCode: false });
    // Deleted, it is made once more under another code, and found there.
    if (renamed) await bench.deleteLink(renamed);
    const [once, twice] = [
      await take(file, { onConflict: 'rename' }),
      await take(file, { onConflict: 'rename' }),
    ];
    expect(outcomes(once)).toEqual(['created', 'exists', 'exists', 'exists']);
    expect(urls(once)[0]).not.toBe(urls(first)[0]);
    expect(outcomes(twice)).toEqual(['exists', 'exists', 'exists', 'exists']);
  });

  test('a link that stood for long links does so again, or is refused: they are not left open', async () => {
    const standIns = (of = bench) =>
      new LongLinkStandIns(
        of.database,
        of.links,
        new DomainDirectory('http://localhost:8080', [bench.domain]),
        bench.project.id,
      );
    const standIn = (code: string, more: object = { settings: { paused: true } }) =>
      link(code, A, { standsForLongLinks: true, clicks: 5, limitUsed: 2, ...more });
    const first = await standIns().codeFor(bench.domain);
    const dry = await take([standIn('stand-1')], { dryRun: true });
    expect(outcomes(dry)).toEqual(['created']);
    expect(await standIns().codeFor(bench.domain)).toBe(first);
    expect(reasons(await take([standIn('stand-1'), standIn('stand-2')]))).toEqual([
      `took the place of ${first}, which stood for the long links here and nobody had edited, with its 0 clicks`,
      'an earlier row stands for the long links of its domain',
    ]);
    expect(await standIns().codeFor(bench.domain)).toBe('stand-1');
    expect(await found('stand-1')).toMatchObject({ settings: { paused: true }, clicks: 5 });
    expect(await found(first)).toBeUndefined();

    const late = await take([standIn('stand-3', { settings: { password: 'open sesame' } }), link('beside')]);
    expect(outcomes(late)).toEqual(['refused', 'created']);
    expect(reasons(late)[0]).toMatch(
      /^another link, stand-1, stands for the long links .* delete it and import/,
    );
    expect(await standIns().codeFor(bench.domain)).toBe('stand-1');
    const stand1 = await found('stand-1');
    if (stand1) await bench.deleteLink(stand1);
    expect(outcomes(await take([standIn('stand-3')]))).toEqual(['created']);
    expect(await standIns().codeFor(bench.domain)).toBe('stand-3');

    const theirs = await bench.createProject('stand-in-other');
    const entries = await entriesOf({ links: bench.links, prepareLogo }, [standIn('stand-4')], false);
    const answer = await imports.take(ACTOR, theirs, {
      ...{ entries, before: [], options: { onConflict: 'skip' }, dryRun: false, run: undefined },
    });
    expect(reasons(answer)).toEqual(['the long links of this domain are another project’s']);
  });

  test('whoever visits a long link meanwhile, the imported link stands for it in the end', async () => {
    const other = await bench.another();
    for (let n = 0; n < 5; n++) {
      const domain = await bench.database.transact(ACTOR, (tx) =>
        bench.domains.create(
          tx,
          { projectId: bench.project.id, host: `race-${n}.test`, pathPrefix: '' },
          new ReservedSegments(),
        ),
      );
      const standIns = ({ database, links }: Workbench) =>
        new LongLinkStandIns(
          database,
          links,
          new DomainDirectory('http://localhost:8080', [bench.domain, domain]),
          bench.project.id,
        );
      const [, answer] = await Promise.all([
        standIns(other).codeFor(domain),
        take([link(`raced-${n}`, A, { domain: domain.host, standsForLongLinks: true })]),
        standIns(bench).codeFor(domain),
      ]);
      expect(outcomes(answer)).toEqual(['created']);
      expect(await standIns(other).codeFor(domain)).toBe(`raced-${n}`);
    }
    await other.close();
  });

  test('no character in any text of a row holds up another row', async () => {
    const domain = { kind: 'domain', host: 'texts.test', pathPrefix: 'p', createdAt: '2020-01-01T00:00:00Z' };
    const project = { kind: 'project', name: 'N', timeZone: 'Asia/Seoul', homeCountry: 'KR' };
    const endpoint = { secret: 'whsec_x', disabledAt: '2020-01-01T00:00:00Z', disabledReason: 'gone' };
    const webhook = { webhookUrl: 'https://hooks.test/', webhookEnabled: true };
    const group = { kind: 'group', id: 'grp_0000000000000001', name: 'N', memo: 'M' };
    const app = { kind: 'app', id: '11111111-2222-4333-8444-555555555557', platform: 'ios', name: 'N' };
    const android = { identifier: 'com.acme', deepLink: A, storeUrl: A, minVersion: '1' };
    const whole = {
      ...{ domain: 'texts.test/p', title: 'T', description: 'D', memo: 'M', imageUrl: A, desktopUrl: A },
      ...{ tags: ['t'], metadata: { k: 'v' }, campaign: { source: 's', content: 'c' }, externalId: '1' },
      ...{ social: { title: 'T', description: 'D', imageUrl: A }, appRouting: { ct: 'c', at: 'a' } },
      ...{
        apps: { android, ios: { savedAppId: app.id } },
        settings: { expiredUrl: A },
      },
      ...{ secretHashes: { statsPassword: 'x' }, id: 'lnk_0000000000000001', source: 'api', group: 'N' },
      ...{
        firebaseRequest: 'ab'.repeat(32),
        deleteAt: '2090-01-01T00:00:00Z',
        groupId: 'grp_0000000000000001',
      },
    };
    const rows = [
      domain,
      { ...project, ...webhook, webhookEndpoint: endpoint },
      { ...group, settings: webhook, webhookEndpoint: endpoint, secretHashes: { password: 'x' } },
      { ...app, identifier: 'com.acme', minVersion: '1', storeUrl: A, customScheme: 'acme' },
      { kind: 'qr-logo', groupId: group.id, data: 'AAAA' },
      { kind: 'reserved-code', id: 'lnk_0000000000000002', domain: 'texts.test/p', code: 'r' },
      link('whole', A, whole),
      link('named', A, { group: 'N' }),
      link('locked', A, { settings: { password: 'open sesame' } }),
    ];
    const bad = ['\0', '\ud800', 'x\0', 'x\udc00y', '\ufffe'];
    for (const text of bad) {
      const poisoned = rows.flatMap((row) => withEachText(row, text));
      const good = poisoned.map((_, n) => link(`good-${bad.indexOf(text)}-${n}`));
      const answer = await take(poisoned.flatMap((row, n) => [row as object, good[n] as object]));
      expect(outcomes(answer).filter((_, n) => n % 2 === 1)).toEqual(good.map(() => 'created'));
    }
    // Texts that are asked for by each row themselves.
    for (const name of bad.slice(0, 4))
      expect(
        outcomes(await take([link(`by-${bad.indexOf(name)}`, A, { group: name }), link('by-it')])),
      ).toEqual(['refused', expect.stringMatching(/^(created|exists)$/)]);
  });

  test('the settings of a project are taken where nobody has touched them, and nowhere else', async () => {
    const settings = { kind: 'project', name: 'Moved', timeZone: 'Europe/Berlin', homeCountry: 'DE' };
    expect(
      outcomes(
        await take([{ ...settings, timeZone: 'Nowhere/Land' }, settings, { ...settings, name: 'No' }]),
      ),
    ).toEqual(['refused', 'created', 'exists']);
    expect(await bench.projects.load(bench.project.id)).toMatchObject({
      name: 'Moved',
      timeZone: 'Europe/Berlin',
    });
  });
});

/** The row once for each text in it, also names of members, with that one replaced. */
function withEachText(value: unknown, text: string): unknown[] {
  if (typeof value === 'string') return [text];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((one, at) => withEachText(one, text).map((changed) => value.with(at, changed)));
  return Object.entries(value).flatMap(([name, one]) => [
    ...withEachText(one, text).map((changed) => ({ ...value, [name]: changed })),
    { ...value, [text]: one },
  ]);
}
