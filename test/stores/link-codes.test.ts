import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Link } from '../../src/links/link.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const TAKEN = { code: 'code-taken' };

describe.each(ENGINES)('codes on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  /** How many of the attempts came through; all others must have been told that the code is taken. */
  async function winners(attempts: readonly Promise<unknown>[]): Promise<number> {
    const outcomes = await Promise.allSettled(attempts);
    const refusals = outcomes.filter(({ status }) => status === 'rejected');
    for (const refusal of refusals) expect(refusal).toMatchObject({ reason: TAKEN });
    return outcomes.length - refusals.length;
  }

  const times = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));

  test('a code is there once on a domain, and again on another', async () => {
    const other = await bench.transact((tx) =>
      bench.domains.create(tx, { projectId: bench.project.id, host: 'go.example.com', pathPrefix: '' }),
    );
    await bench.createLink({ code: 'twice' });
    await expect(bench.createLink({ code: 'twice' })).rejects.toMatchObject(TAKEN);
    await bench.createLink({ code: 'twice', domainId: other.id });
  });

  test('codes that differ in case are two codes', async () => {
    await bench.createLink({ code: 'CASE' });
    await bench.createLink({ code: 'case' });
  });

  test('the spellings of one Unicode code are one code', async () => {
    const link = await bench.createLink({ code: '한글'.normalize('NFD') });
    expect(link.code).toBe('한글'.normalize('NFC'));
    await expect(bench.createLink({ code: '한글'.normalize('NFC') })).rejects.toMatchObject(TAKEN);
  });

  test('of twenty that want one code at the same time, exactly one gets it', async () => {
    expect(await winners(times(20, () => bench.createLink({ code: 'wanted' })))).toBe(1);
  });

  test('the same code twice in one bulk is refused, and nothing of the bulk stays', async () => {
    await expect(bench.createLinks([{ code: 'echo' }, { code: 'echo' }])).rejects.toMatchObject(TAKEN);
    await bench.createLink({ code: 'echo' });
  });

  test('bulks that want the same codes in opposite orders are told so, and do not block each other', async () => {
    for (let round = 0; round < 8; round++) {
      const codes = times(200, (index) => ({ code: `opposite-${round}-${index}` }));
      const bulks = [codes, codes.toReversed(), codes, codes.toReversed()];
      expect(await winners(bulks.map((bulk) => bench.createLinks(bulk)))).toBe(1);
    }
  });

  test('the brand id of a deleted link can be used again by its own project, and by no other', async () => {
    const stranger = await bench.createProject();
    const old = await bench.createLink({ code: 'brand' });
    await bench.deleteLink(old);
    await expect(bench.createLink({ code: 'brand' }, stranger)).rejects.toMatchObject(TAKEN);
    const next = await bench.createLink({ code: 'brand', destination: 'https://example.com/new' });
    expect(next.publicId).not.toBe(old.publicId);
    expect((await bench.loadLink(next)).code).toBe('brand');
    await expect(bench.loadLink(old)).rejects.toMatchObject({ code: 'not-found' });
    await expect(bench.createLink({ code: 'brand' })).rejects.toMatchObject(TAKEN);
  });

  test('of twenty that want the brand id of a deleted link, exactly one gets it', async () => {
    await bench.deleteLink(await bench.createLink({ code: 'heritage' }));
    expect(await winners(times(20, () => bench.createLink({ code: 'heritage' })))).toBe(1);
  });

  test('bulks that reuse the same brand ids in opposite orders do not block each other', async () => {
    for (let round = 0; round < 8; round++) {
      const codes = times(50, (index) => ({ code: `reused-${round}-${index}` }));
      const links = await bench.createLinks(codes);
      await bench.transact(async (tx) => {
        for (const { publicId } of links) await bench.links.delete(tx, bench.project.id, publicId, 1);
      });
      expect(await winners([codes, codes.toReversed()].map((bulk) => bench.createLinks(bulk)))).toBe(1);
    }
  });

  test('a brand id can be given up and taken many times', async () => {
    const links: Link[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const link = await bench.createLink({ code: 'turns' });
      links.push(link);
      await bench.deleteLink(link);
    }
    expect(new Set(links.map(({ id }) => id)).size).toBe(5);
  });

  test('a generated code is never given again, not even to its own project', async () => {
    const { code, ...link } = await bench.createLink();
    await bench.deleteLink({ code, ...link });
    await expect(bench.createLink({ code })).rejects.toMatchObject(TAKEN);
  });
});
