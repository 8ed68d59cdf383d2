import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EngineUnderTest, SQLITE } from '../support/engines.ts';
import { answer, ScriptedReceiver } from '../support/scripted-receiver.ts';
import { until } from '../support/until.ts';
import { runCommand, variablesOf } from './command.ts';
import { ServerProcess } from './server-process.ts';

const PRIVATE = { ALLOW_PRIVATE_TARGETS: 'true' };

/** What it asks the server is tried on both engines by the suites of the API. */
describe('switchyard webhooks', () => {
  let under: EngineUnderTest;
  let server: ServerProcess;
  let receiver: ScriptedReceiver;
  let id: string;
  let groupId: string;

  beforeAll(async () => {
    under = await SQLITE.open();
    receiver = await ScriptedReceiver.open();
    server = await ServerProcess.start(under.location, PRIVATE);
    const settings = { webhookEnabled: true, webhookUrl: receiver.url('/hook') };
    ({ id: groupId } = await server.createGroup({ name: 'Sum\u202emer', settings }));
    const { text } = await server.call('GET', '/webhook-endpoints');
    ({ id } = JSON.parse(text).endpoints[0]);
  });

  afterAll(async () => {
    await server?.kill();
    await receiver?.close();
    await under?.close();
  });

  const webhooks = (...args: string[]) => runCommand(['webhooks', ...args], variablesOf(under.location));
  const endpoint = async () => JSON.parse((await server.call('GET', `/webhook-endpoints/${id}`)).text);
  const eventIds = (out: string): string[] =>
    [...out.matchAll(/\t([0-9a-f]{32})\t/g)].map(([, one = '']) => one);

  test('lists and shows endpoints, without anything that acts on a terminal', async () => {
    const { code, out } = await webhooks('list');
    expect(code).toBe(0);
    expect(out).toBe(`${id}\tgroup Sum mer\tactive\t0 waiting\t${receiver.url('/hook')}\n`);
    const shown = await webhooks('show', id);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(new RegExp(`^id +${id}\nof +group Sum mer\nurl +http://127`));
    expect(shown.out).toMatch(/\ncalled +for each of the clicks\nstatus +active\nwaiting +0\n/);
  });

  test('tries one, and says what it answers', async () => {
    receiver.script('/hook', { kind: 'answer', status: 202, body: 'got \u001b]0;title\u0007 it' });
    const taken = await webhooks('test', id);
    expect(taken.code, taken.err).toBe(0);
    expect(taken.out).toMatch(
      /^answered 202 after \d+ ms\nanswer: got \]0;title it\nThe receiver has taken it\.\n$/,
    );

    receiver.script('/hook', answer(500));
    const refused = await webhooks('test', id);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^answered 500 after \d+ ms\n(.+\n)*It was not taken \([a-z-]+\)\.\n$/);

    receiver.script('/hook', { kind: 'reset' });
    const reset = await webhooks('test', id);
    expect(reset).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^no answer after \d+ ms\n.+\.\nIt was not taken/),
    });
  });

  test('lists what was sent, also for programs, and sends it again', async () => {
    receiver.script('/hook', answer(200));
    const failed = await webhooks('deliveries', id, '--failed');
    expect(failed.code).toBe(0);
    const ids = eventIds(failed.out);
    expect(ids).toHaveLength(2);
    expect(failed.out).toMatch(
      /^\d{4}-\S+Z\t[0-9a-f]{32}\twebhook\ttest\tfailed \([a-z-]+\)\t1 attempt\t.+\n/,
    );

    for (const one of ids)
      expect(await webhooks('replay', one)).toMatchObject({
        code: 0,
        err: `Delivery ${one} is on its way again.\n`,
      });
    expect(await webhooks('replay-failed', id, '--since', '2026-01-01T00:00:00Z'), 'tests').toMatchObject({
      code: 0,
      err: '0 deliveries are on their way again.\n',
    });
    const taken = async () =>
      JSON.parse((await server.call('GET', '/deliveries?state=delivered')).text).deliveries.length;
    await until(async () => (await taken()) === 3, 'all were taken');
    expect((await webhooks('deliveries', '--failed')).err).toBe('There are no failed deliveries.\n');

    const { out } = await webhooks('deliveries', '--json');
    expect(JSON.parse(out)).toHaveLength(3);
    expect(JSON.parse(out)[0]).toMatchObject({ channel: 'webhook', kind: 'test', state: 'delivered' });
    expect(await webhooks('replay', '0'.repeat(32))).toMatchObject({
      code: 1,
      err: expect.stringContaining('was not found'),
    });
  });

  test('pauses one and goes on', async () => {
    expect(await webhooks('pause', id)).toMatchObject({
      code: 0,
      err: `Endpoint ${id} is paused; 0 deliveries wait.\n`,
    });
    const { code } = await server.createLink({ groupId });
    await server.visit(code);
    await until(async () => (await endpoint()).waiting === 1, 'the event waited');
    expect((await webhooks('show', id)).out).toMatch(/\nstatus +paused\nwaiting +1\n/);
    const before = receiver.at('/hook').length;
    expect(await webhooks('resume', id)).toMatchObject({
      code: 0,
      err: expect.stringContaining('is active'),
    });
    await until(() => receiver.at('/hook').length === before + 1, 'it was sent');
  });

  test('has one called again that was disabled', async () => {
    receiver.script('/hook', answer(410));
    const { code } = await server.createLink({ groupId });
    await server.visit(code);
    await until(async () => (await endpoint()).status === 'disabled', 'it was disabled');
    expect((await webhooks('show', id)).out).toMatch(/\ndisabled +since .+, gone\n/);
    const refused = { code: 1, err: expect.stringContaining('enable it first') };
    const [failed] = eventIds((await webhooks('deliveries', id, '--failed')).out) as [string];
    expect(await webhooks('replay', failed)).toMatchObject(refused);
    const since = ['--since', '2026-01-01T00:00:00Z'];
    expect(await webhooks('replay-failed', id, ...since)).toMatchObject(refused);
    expect(await webhooks('enable', id)).toMatchObject({
      code: 0,
      err: expect.stringContaining('is active'),
    });
    expect(await webhooks('replay-failed', id, ...since)).toMatchObject({
      code: 0,
      err: '1 deliveries are on their way again.\n',
    });
  });

  test('rotates the secret and prints it, on stdout alone', async () => {
    const rotated = await webhooks('rotate-secret', id, '--overlap-hours', '3');
    expect(rotated.code).toBe(0);
    expect(rotated.out).toMatch(/^whsec_[A-Za-z0-9+/]{43}=\n$/);
    expect(rotated.err).toMatch(
      /^New secret of whk_\w+\. Older ones sign too, the last until \S+Z\. It is shown only now:\n$/,
    );
    expect((await webhooks('show', id)).out).toMatch(/\nold secrets +sign too, the last until /);
    const atOnce = await webhooks('rotate-secret', id, '--overlap-hours', '0');
    expect(atOnce.err).toContain('worth nothing from now on');
    expect(atOnce.out).not.toBe(rotated.out);
  });

  test.each([
    [['show', 'whk_none'], 'was not found'],
    [['show', '../keys'], 'is not an id'],
    [['test', 'whk_none'], 'was not found'],
    [['rotate-secret', 'x', '--overlap-hours', '200'], 'whole number from 0 to 168'],
    [['rotate-secret', 'x', '--overlap-hours', 'many'], 'whole number from 0 to 168'],
    [['replay-failed', 'x', '--since', 'yesterday'], 'is not an instant'],
    [['replay-failed', 'x'], "required option '--since <instant>'"],
    [['replay', "' or 1=1"], 'is not an id'],
  ])('%j says what is wrong', async (args, words) => {
    const { code, out, err } = await webhooks(...args);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(words);
    expect(err).not.toMatch(/\n\s+at /);
  });

  test('without a server it says that there has to be one', async () => {
    await server.stop();
    for (const args of [['list'], ['test', id], ['deliveries']]) {
      const { code, err } = await webhooks(...args);
      expect(code).toBe(1);
      expect(err).toMatch(/^Switchyard: No server is running on .+Start it with: switchyard serve\n$/);
    }
  });
});
