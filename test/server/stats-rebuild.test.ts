import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBatchWriter } from '../../src/db/open.ts';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { checkStatistics } from '../support/statistics-check.ts';
import { runCommand, variablesOf } from './command.ts';
import { ServerProcess } from './server-process.ts';

describe.each(ENGINES)('switchyard stats rebuild on $name', (engine) => {
  let under: EngineUnderTest;
  let server: ServerProcess;

  beforeAll(async () => {
    under = await engine.open();
    server = await ServerProcess.start(under.location);
  });

  afterAll(async () => {
    await server?.kill();
    await under?.close();
  });

  async function rebuild(...options: string[]): Promise<{ code: number | null; out: string }> {
    const { code, out, err } = await runCommand(
      ['stats', 'rebuild', ...options],
      variablesOf(under.location),
    );
    return { code, out: out + err };
  }

  test('compares while the server runs, and finds nothing', async () => {
    const { code } = await server.createLink({ code: 'counted', destination: 'https://a.example/' });
    for (let visit = 0; visit < 25; visit += 1) await server.visit(code);
    const { code: exit, out } = await rebuild();
    expect(out).toContain('Compared 25 raw clicks with the statistics.\nNothing differs.');
    expect(exit).toBe(0);
    await server.visit(code);
    await server.untilDrained();
  });

  test('says what differs, changes nothing when it is to look only, and else mends it', async () => {
    await server.stop();
    const writer = openBatchWriter(under.location);
    await writer.transact(async (tx) => {
      await tx.run('update link_tally set clicks = 7', []);
      await tx.run('delete from click_block_column where block_id = (select max(id) from click_block)', []);
      await tx.run('delete from click_block where id = (select max(id) from click_block)', []);
    });
    await writer.close();
    const looked = await rebuild('--dry-run');
    expect(looked.code).toBe(1);
    expect(looked.out).toMatch(/link \d+: 26 raw clicks, \d+ in statistics\n/);
    expect(looked.out).toMatch(/link \d+, country unknown: counter says 7, statistics \d+\n/);
    expect(looked.out).toContain('Nothing was changed: this was a dry run.');
    const mended = await rebuild();
    expect(mended.code).toBe(1);
    expect(mended.out).toContain('have been written again');
    expect(await rebuild()).toMatchObject({ code: 0 });
    expect(await checkStatistics(under.location)).toMatchObject({
      wrongFlags: 0,
      wrongCounters: 0,
      facts: 26,
    });
  });
});
