import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Group } from '../../src/links/group.ts';
import { type PreparedLogo, prepareLogo } from '../../src/qr/logo-picture.ts';
import { type LogoOwner, LogoReplaced, QrLogoService } from '../../src/qr/qr-logo-service.ts';
import { logoPng } from '../../src/qr/testing/logos.ts';
import { ENGINES, POSTGRES, runs } from '../support/engines.ts';
import { ACTOR, Workbench } from '../support/workbench.ts';

describe.each(ENGINES)('logos of QR codes on $name', (engine) => {
  let bench: Workbench;
  let logos: QrLogoService;
  let black: PreparedLogo;
  let disc: PreparedLogo;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    logos = new QrLogoService(bench.database);
    black = await prepareLogo(await logoPng('black'));
    disc = await prepareLogo(await logoPng('disc', 300, 100));
  });
  afterAll(() => bench.close());

  const ofProject = (): LogoOwner => {
    const { id, publicId, version } = bench.project;
    return { entity: 'project', id, publicId, projectId: id, version };
  };
  const ofGroup = ({ id, publicId, projectId, version }: Group): LogoOwner => ({
    entity: 'group',
    id,
    publicId,
    projectId,
    version,
  });
  const put = (owner: LogoOwner, logo: PreparedLogo) =>
    bench.database.transact(ACTOR, (tx) => logos.put(tx, owner, logo));
  const remove = (owner: LogoOwner) => bench.database.transact(ACTOR, (tx) => logos.remove(tx, owner));
  const found = async (groupId: number | null) =>
    (await logos.findFor({ projectId: bench.project.id, groupId }))?.digest;

  test('one a project and one a group, each put in the place of the one before', async () => {
    const group = await bench.createGroup();
    expect(await found(group.id)).toBeUndefined();
    await put(ofProject(), black);
    expect(await found(group.id)).toBe(black.digest);
    await put(ofGroup(group), disc);
    expect([await found(group.id), await found(null)]).toEqual([disc.digest, black.digest]);
    await put(ofGroup(group), black);
    await put(ofProject(), disc);
    expect([await found(group.id), await found(null)]).toEqual([black.digest, disc.digest]);
    const rows = await bench.database.read.selectFrom('qr_logo').select('id').execute();
    expect(rows).toHaveLength(2);
    expect(await logos.load(ofProject())).toMatchObject({ ...disc, updatedAt: expect.any(Number) });
    await remove(ofGroup(group));
    expect(await found(group.id)).toBe(disc.digest);
    await remove(ofProject());
    expect(await found(group.id)).toBeUndefined();
    await expect(remove(ofProject())).rejects.toMatchObject({ code: 'not-found' });
    await expect(logos.load(ofGroup(group))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('several at the same time leave one', async () => {
    const group = await bench.createGroup();
    for (const owner of [ofGroup(group), ofProject()]) {
      await Promise.all([black, disc, black, disc].map((logo) => put(owner, logo)));
      expect([black.digest, disc.digest]).toContain((await logos.load(owner)).digest);
      await remove(owner);
    }
  });

  test('putting the same again is no change', async () => {
    await put(ofProject(), black);
    const before = await bench.historyOf(bench.project.publicId);
    await put(ofProject(), black);
    expect(await bench.historyOf(bench.project.publicId)).toEqual(before);
    await remove(ofProject());
  });

  test('one that was replaced since it was found is not taken for the other', async () => {
    await put(ofProject(), black);
    const early = await logos.findFor({ projectId: bench.project.id, groupId: null });
    await put(ofProject(), disc);
    await expect(early?.load()).rejects.toBeInstanceOf(LogoReplaced);
    const late = await logos.findFor({ projectId: bench.project.id, groupId: null });
    expect((await late?.load())?.png.equals(disc.png)).toBe(true);
    await remove(ofProject());
  });

  test('the logo of a deleted group is none', async () => {
    const group = await bench.createGroup();
    await put(ofGroup(group), disc);
    await bench.deleteGroup(group);
    expect(await found(group.id)).toBeUndefined();
  });
});

test.runIf(runs(POSTGRES))('another process follows at once', async () => {
  const bench = await Workbench.open(POSTGRES);
  const { id, publicId, version } = bench.project;
  const owner: LogoOwner = { entity: 'project', id, publicId, projectId: id, version };
  const logos = new QrLogoService(bench.database);
  const other = await bench.another();
  try {
    const elsewhere = new QrLogoService(other.database);
    const seen = async () => (await elsewhere.findFor({ projectId: id, groupId: null }))?.digest;
    for (const name of ['black', 'disc'] as const) {
      const logo = await prepareLogo(await logoPng(name));
      await bench.database.transact(ACTOR, (tx) => logos.put(tx, owner, logo));
      expect(await seen()).toBe(logo.digest);
    }
    await bench.database.transact(ACTOR, (tx) => logos.remove(tx, owner));
    expect(await seen()).toBeUndefined();
  } finally {
    await other.close();
    await bench.close();
  }
});
