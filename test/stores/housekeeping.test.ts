import { afterEach, describe, expect, test, vi } from 'vitest';
import { Housekeeping } from '../../src/app/housekeeping.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

afterEach(() => {
  vi.useRealTimers();
});

describe.each(ENGINES)('housekeeping on $name', (engine) => {
  test('forgets guesses at passwords, and answers, after a day', async () => {
    const bench = await Workbench.open(engine);
    const now = Date.now();
    const ages = { fresh: 0, young: DAY_MS - 10 * MINUTE_MS, old: DAY_MS + 10 * MINUTE_MS };
    await bench.transact(async ({ db }) => {
      for (const [name, ageMs] of Object.entries(ages)) {
        for (const source of ['hash-of-a-network', '']) {
          await db
            .insertInto('guess_window')
            .values({ owner: name, source, started_at: now - ageMs, used: 3 })
            .execute();
        }
        await db
          .insertInto('idempotent_answer')
          .values({
            project_id: bench.project.id,
            key: name,
            fingerprint: '',
            status: 200,
            body: '',
            created_at: now - ageMs,
          })
          .execute();
      }
    });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const housekeeping = new Housekeeping(bench.database, bench.links, bench.groups, createLogger('silent'));
    housekeeping.start();
    vi.advanceTimersByTime(MINUTE_MS);
    await housekeeping.stop();

    const guesses = await bench.database.read.selectFrom('guess_window').select('owner').execute();
    expect(guesses.map(({ owner }) => owner).sort()).toEqual(['fresh', 'fresh', 'young', 'young']);
    const answers = await bench.database.read.selectFrom('idempotent_answer').select('key').execute();
    expect(answers.map(({ key }) => key).sort()).toEqual(['fresh', 'young']);
    await bench.close();
  });

  test('forgets the logo of a deleted group, and no other', async () => {
    const bench = await Workbench.open(engine);
    const [kept, deleted] = [await bench.createGroup(), await bench.createGroup()];
    const logo = { project_id: bench.project.id, data: '', digest: '', width: 1, height: 1, updated_at: 0 };
    await bench.transact(async (tx) => {
      for (const group_id of [null, kept.id, deleted.id]) {
        await tx.db
          .insertInto('qr_logo')
          .values({ ...logo, group_id })
          .execute();
      }
      await bench.groups.delete(tx, bench.project.id, deleted.publicId, undefined);
    });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const housekeeping = new Housekeeping(bench.database, bench.links, bench.groups, createLogger('silent'));
    housekeeping.start();
    vi.advanceTimersByTime(MINUTE_MS);
    await housekeeping.stop();
    const rows = await bench.database.read.selectFrom('qr_logo').select('group_id').orderBy('id').execute();
    expect(rows.map(({ group_id }) => group_id)).toEqual([null, kept.id]);
    await bench.close();
  });
});
