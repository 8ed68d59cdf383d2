import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, ServerProcess } from '../server/server-process.ts';
import { type EngineUnderTest, POSTGRES, runs } from '../support/engines.ts';
import { until } from '../support/until.ts';

const ROUNDS = 3;
/** Longer than a node believes that it has heard of everything. */
const SUSPENDED_MS = 2_000;

/**
 * A process that got no processor for two seconds has heard of nothing, and does not know it yet when it goes on: visits
 * that have waited for it are answered before the feed is.
 */
describe.runIf(runs(POSTGRES))('a node that stood still while another edited, on PostgreSQL', () => {
  let under: EngineUnderTest;
  let editor: ServerProcess;
  let node: ServerProcess;

  beforeEach(async () => {
    under = await POSTGRES.open();
    editor = await ServerProcess.start(under.location);
    const dataDir = join(under.location.dataDir, 'second');
    mkdirSync(dataDir);
    node = await ServerProcess.start({ ...under.location, dataDir });
  }, 120_000);

  afterEach(async () => {
    node?.signal('SIGCONT');
    await Promise.all([node?.kill(), editor?.kill()]);
    await under?.close();
  });

  /** What visitors get who come while it stands still. */
  async function whileItStands(edit: () => Promise<unknown>, codes: readonly string[]): Promise<Answer[]> {
    node.signal('SIGSTOP');
    const stoppedAt = performance.now();
    await edit();
    const visits = codes.map((code) => node.visit(code));
    await after(Math.max(0, SUSPENDED_MS - (performance.now() - stoppedAt)));
    node.signal('SIGCONT');
    return await Promise.all(visits);
  }

  test('answers nobody 503, and nobody by a rule that was changed', { timeout: 120_000 }, async () => {
    const group = await editor.createGroup({ name: 'switched', settings: { paused: false } });
    await editor.createLink({ code: 'known', groupId: group.id });
    await editor.createLinks(Array.from({ length: ROUNDS }, (_, round) => ({ code: `cold-${round}` })));
    for (let round = 0; round < ROUNDS; round += 1) {
      const paused = round % 2 === 0;
      const before = paused ? 302 : 404;
      await until(async () => (await node.visit('known')).status === before, 'the node follows');
      expect((await node.visit(`made-${round}`)).status).toBe(404);
      const answers = await whileItStands(async () => {
        await editor.updateGroup(group.id, { settings: { paused } });
        await editor.createLink({ code: `made-${round}` });
      }, ['known', `made-${round}`, `cold-${round}`, `never-made-${round}`]);
      expect(answers.map(({ status }) => status)).toEqual([paused ? 404 : 302, 302, 302, 404]);
    }
    expect(await node.stop(), node.log).toEqual({ code: 0, signal: null });
  });
});
