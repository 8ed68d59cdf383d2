import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBatchWriter } from '../../src/db/open.ts';
import { LANGUAGES, type Language } from '../../src/languages.ts';
import type { Attempted, Stores } from '../../src/reactions/delivery/channel.ts';
import type { Delivery } from '../../src/reactions/delivery/delivery.ts';
import { MOST_WAITING, mailLane } from '../../src/reactions/delivery/lane.ts';
import { createMailChannel, type MailChannelOptions } from '../../src/reactions/mail/mail-channel.ts';
import type { ThresholdNotice } from '../../src/reactions/thresholds/threshold-notice.ts';
import type { EndpointDisabledNotice } from '../../src/reactions/webhooks/endpoint-disabled-notice.ts';
import { ENGINES } from '../support/engines.ts';
import { MAIL_PASSWORD, MAIL_USER, MailServer } from '../support/mail-server.ts';
import { headerOf } from '../support/received-mail.ts';
import { Workbench } from '../support/workbench.ts';

const NOW = Date.UTC(2026, 2, 10, 3, 4, 5);
const ADDRESSES = ['minji@example.com', "o'neil@example.org"];

const notice: ThresholdNotice = {
  version: 1,
  linkId: 'lnk_1',
  shortUrl: 'https://go.example.com/spring',
  title: '봄 세일 – Spring, “sale”',
  groupName: 'Instagram',
  clicks: 1_200,
  visitors: 1_034,
  every: 100,
  at: NOW - 60_000,
};

let lastId = 0;
function delivery(kind: Delivery['kind'], body: object, eventId = `${++lastId}`.padStart(32, '0')): Delivery {
  return {
    id: lastId,
    attempts: 0,
    eventId,
    lane: mailLane(1, 1),
    channel: 'mail',
    kind,
    projectId: 1,
    endpointId: null,
    subscriptionId: null,
    messageId: null,
    linkId: 1,
    groupId: null,
    body: JSON.stringify(body),
    createdAt: NOW,
    dueAt: NOW,
  };
}

describe.each(ENGINES)('mail over $name', (engine) => {
  let bench: Workbench;
  let stores: Stores & { close(): Promise<void> };
  let server: MailServer;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
    stores = openBatchWriter(bench.location);
  });
  afterAll(async () => {
    await stores.close();
    await bench.close();
  });
  beforeEach(async () => {
    server = await MailServer.open();
    await readBy(ADDRESSES, 'en');
  });
  afterEach(() => server.close());

  async function readBy(addresses: readonly string[], language: Language): Promise<void> {
    await bench.database.transact('system', async (tx) => {
      await tx.db
        .updateTable('project')
        .set({ notification_addresses: JSON.stringify(addresses), language, time_zone: 'Asia/Seoul' })
        .where('id', '=', bench.project.id)
        .execute();
    });
  }

  const channel = (more: Partial<MailChannelOptions> = {}) =>
    createMailChannel({
      server: {
        host: '127.0.0.1',
        port: server.port,
        secure: false,
        user: MAIL_USER,
        password: MAIL_PASSWORD,
      },
      from: 'Links, at Example <links@example.com>',
      publicUrl: 'https://go.example.com',
      patience: { stepMs: 300, verdictMs: 60_000 },
      ...more,
    });

  const open = (deliveries: readonly Delivery[], more: Partial<MailChannelOptions> = {}) =>
    channel(more).open(
      {
        lane: mailLane(bench.project.id, 1),
        projectId: bench.project.id,
        failingSince: null,
        deliveries,
        now: NOW,
      },
      stores,
    );

  async function send(
    deliveries: readonly Delivery[] = [delivery('clicks', notice)],
    more: Partial<MailChannelOptions> = {},
  ): Promise<Attempted> {
    const opened = await open(deliveries, more);
    if (opened.kind !== 'send') throw new Error(`not sent: ${JSON.stringify(opened)}`);
    return await opened.send(deliveries, NOW);
  }

  it('arrives with both texts, at everybody, from whom the operator says', async () => {
    const attempted = await send();
    expect(attempted).toMatchObject({ outcome: 'delivered', status: 250, error: null });
    const [got, ...more] = server.received;
    expect(more).toEqual([]);
    if (!got) throw new Error('nothing came');
    expect(got.from).toBe('links@example.com');
    expect(got.to).toEqual(ADDRESSES);
    const { mail } = got;
    expect(headerOf(mail, 'from')).toBe('"Links, at Example" <links@example.com>');
    expect(headerOf(mail, 'to')).toBe(ADDRESSES.join(', '));
    expect(headerOf(mail, 'subject')).toBe('봄 세일 – Spring, “sale” has reached 1,200 clicks');
    expect(headerOf(mail, 'auto-submitted')).toBe('auto-generated');
    expect(headerOf(mail, 'date')).toBe('Tue, 10 Mar 2026 03:04:05 +0000');
    for (const text of [mail.text, mail.html]) {
      for (const part of ['go.example.com/spring', 'Instagram', '1,200', '1,034', 'Mar 10, 2026', '12:03'])
        expect(text).toContain(part);
      // What looks like an address is opened by scanners, and every visit is a click.
      expect(text).not.toContain('https://go.example.com/spring');
    }
    expect(Buffer.byteLength(mail.raw)).toBeLessThan(15_000);
  });

  it('speaks the language of the project, and follows its edits at once', async () => {
    const seen: string[] = [];
    for (const language of LANGUAGES) {
      await readBy(['a@example.com'], language);
      await send();
      const mail = server.received.at(-1)?.mail;
      if (!mail) throw new Error('nothing came');
      expect(mail.html).toContain(`<html lang="${language}">`);
      seen.push(headerOf(mail, 'subject'));
    }
    expect(seen).toEqual([
      '봄 세일 – Spring, “sale” has reached 1,200 clicks',
      '봄 세일 – Spring, “sale”: 1,200번 클릭됐어요',
      '봄 세일 – Spring, “sale”：クリックが1,200回に達しました',
    ]);
    expect(server.received.map(({ to }) => to)).toEqual(LANGUAGES.map(() => ['a@example.com']));
  });

  it('tells many thresholds of a link in one mail, and stays readable when there are hundreds', async () => {
    const deliveries = Array.from({ length: MOST_WAITING.mail }, (_, index) =>
      delivery('clicks', { ...notice, clicks: (index + 1) * 100, visitors: index + 1 }),
    );
    await send(deliveries);
    expect(server.received).toHaveLength(1);
    const mail = server.received[0]?.mail;
    if (!mail) throw new Error('nothing came');
    expect(headerOf(mail, 'subject')).toContain('100,000');
    expect(mail.html.match(/<tr>/g)).toHaveLength(21);
    for (const text of [mail.text, mail.html]) {
      expect(text).toContain('98,100');
      expect(text).not.toContain('98,000');
      expect(text).toContain('Earlier thresholds not listed here: 980');
    }
    expect(Buffer.byteLength(mail.raw)).toBeLessThan(15_000);
  });

  it('is known again when it comes twice, and is another one with other contents', async () => {
    const first = delivery('clicks', notice);
    const second = delivery('clicks', { ...notice, clicks: 1_300 });
    await send([first]);
    await send([first]);
    await send([first, second]);
    await send([second, first]);
    const ids = server.received.map(({ mail }) => headerOf(mail, 'message-id'));
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@go\.example\.com>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(ids[3]).toBe(ids[2]);
  });

  it('tells that a webhook is no longer called', async () => {
    const gone: EndpointDisabledNotice = {
      version: 1,
      endpointId: 'whk_1',
      url: 'https://crm.example.com',
      reason: 'gone',
      groupName: null,
      since: NOW,
    };
    const failing = { ...gone, endpointId: 'whk_2', reason: 'failing', groupName: 'Summer <b>' };
    await send([delivery('endpoint-disabled', gone), delivery('endpoint-disabled', failing)]);
    const mail = server.received[0]?.mail;
    if (!mail) throw new Error('nothing came');
    expect(headerOf(mail, 'subject')).toBe('2 webhooks are no longer called');
    expect(mail.html).toContain('The webhook of Summer &lt;b&gt;');
    for (const text of [mail.text, mail.html])
      for (const part of ['410', 'whk_1', 'whk_2', 'https://crm.example.com', '12:04 PM GMT+9'])
        expect(text.replaceAll('\u202f', ' ')).toContain(part);
  });

  it('is kept as not sent without a server, without addresses and without a project', async () => {
    expect(await open([], { server: null })).toEqual({ kind: 'end', state: 'notSent', reason: 'no-smtp' });
    const nobody = { lane: 'mail:999:1', projectId: 999, failingSince: null, deliveries: [], now: NOW };
    expect(await channel().open(nobody, stores)).toEqual({
      kind: 'end',
      state: 'notSent',
      reason: 'no-addresses',
    });
    await readBy([], 'en');
    expect(await open([])).toEqual({ kind: 'end', state: 'notSent', reason: 'no-addresses' });
    expect(server.connections).toBe(0);
  });

  it('has been delivered when somebody has it, and names whom the server refused', async () => {
    server.script = { recipients: { [ADDRESSES[1] as string]: [550, 'no such mailbox'] } };
    expect(await send()).toMatchObject({
      outcome: 'delivered',
      status: 250,
      error: `The mail server refused ${ADDRESSES[1]}.`,
      answer: expect.stringContaining('550 no such mailbox'),
    });
    expect(server.received.map(({ to }) => to)).toEqual([[ADDRESSES[0]]]);
  });

  it.each([
    ['nobody may have it', { recipients: { '*': [550, 'no'] } }, 550],
    ['its content is refused', { data: [554, 'spam'] }, 554],
  ] as const)('is given up when %s', async (_why, script, status) => {
    server.script = script;
    expect(await send()).toMatchObject({ outcome: 'failed', reason: 'refused', status });
  });

  it.each([
    ['greylisted', { recipients: { '*': [451, 'later'] } }, 451],
    [
      'one refused, one put off',
      { recipients: { '*': [550, 'no'], 'minji@example.com': [451, 'later'] } },
      451,
    ],
    ['content put off', { data: [452, 'full'] }, 452],
    ['the sender is not allowed', { sender: [553, 'who?'] }, 553],
    ['the server takes nobody', { connection: [554, 'go away'] }, 554],
  ] as const)('is tried again: %s', async (_why, script, status) => {
    server.script = script;
    const attempted = await send();
    expect(attempted).toMatchObject({ outcome: 'retry', status });
    expect(attempted.perhapsTaken).toBeUndefined();
    expect(attempted.error).toMatch(/^The mail server .*\.$/);
  });

  it.each([
    ['before it greets', { connection: 'silence' }],
    ['in the middle', { recipients: { '*': 'silence' } }],
  ] as const)('is tried again when the server falls silent %s', async (_when, script) => {
    server.script = script;
    const attempted = await send();
    expect(attempted).toMatchObject({
      outcome: 'retry',
      status: null,
      error: 'The mail server did not answer in time.',
    });
    expect(attempted.perhapsTaken).toBeUndefined();
  });

  it.each([
    ['falls silent', 'silence', 'The mail server did not answer in time.'],
    ['hangs up', 'hang-up', 'The mail server cannot be reached (ECONNECTION).'],
  ] as const)('may have been taken when the server has all of it and %s', async (_what, data, why) => {
    server.script = { data };
    const attempted = await send(undefined, { patience: { stepMs: 5_000, verdictMs: 300 } });
    expect(attempted).toMatchObject({
      outcome: 'retry',
      status: null,
      error: `${why} It had all of the mail, and may have taken it.`,
      perhapsTaken: true,
    });
  });

  it('is delivered once by a server that looks long into each mail, and five at a time', async () => {
    server.script = { thinksMs: 400 };
    const one = channel();
    const startedAt = performance.now();
    const attempts = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const deliveries = [delivery('clicks', { ...notice, linkId: `lnk_${index}` })];
        const lane = mailLane(bench.project.id, index);
        const opened = await one.open(
          { lane, projectId: bench.project.id, failingSince: null, deliveries, now: NOW },
          stores,
        );
        if (opened.kind !== 'send') throw new Error(`not sent: ${JSON.stringify(opened)}`);
        return await opened.send(deliveries, NOW);
      }),
    );
    const tookMs = performance.now() - startedAt;
    for (const [index, attempted] of attempts.entries()) {
      expect(attempted).toMatchObject({ outcome: 'delivered', status: 250 });
      // Of its own mail: those before it in line are not counted.
      const beforeMs = Math.floor(index / 5) * 395;
      expect(attempted.durationMs).toBeGreaterThanOrEqual(395);
      expect(attempted.durationMs).toBeLessThanOrEqual(tookMs - beforeMs);
    }
    expect(server.received).toHaveLength(12);
    expect(server.mostInHand).toBe(5);
  });

  it('is tried again when the server is gone, and when it does not take our password, which nobody is told', async () => {
    const login = { host: '127.0.0.1', port: server.port, secure: false, user: MAIL_USER };
    const denied = await send(undefined, { server: { ...login, password: 'wrong-password' } });
    expect(denied).toMatchObject({
      outcome: 'retry',
      error: 'The mail server does not take our user name and password.',
    });
    expect(JSON.stringify(denied)).not.toContain('wrong-password');
    await server.close();
    expect(await send()).toMatchObject({
      outcome: 'retry',
      status: null,
      error: expect.stringMatching(/^The mail server cannot be reached/),
    });
    server = await MailServer.open();
  });

  it('is given up when what it should be made from is not what it should be', async () => {
    for (const bad of [delivery('message', notice), { ...delivery('clicks', {}), body: '{' }]) {
      expect(await send([bad])).toMatchObject({ outcome: 'failed', reason: 'refused' });
    }
    expect(server.received).toEqual([]);
  });
});
