import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreLocation } from '../../src/db/store-location.ts';
import type { ThresholdNotice } from '../../src/reactions/thresholds/threshold-notice.ts';
import type { WebhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { type ClickTables, type LinkInTables, readClickTables } from '../server/click-tables.ts';
import { LinkAccount, Load, type LoadVisit } from '../server/load.ts';
import { type ApiLink, ServerProcess } from '../server/server-process.ts';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { checkStatistics } from '../support/statistics-check.ts';
import { until } from '../support/until.ts';
import { DeliveryTables } from './delivery-tables.ts';
import { GroupSwitch } from './group-switch.ts';

/** Per engine; 20 in all where both run. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 10);
const CONNECTIONS = 32;
const FREE_LINKS = 14;
const GROUPED_LINKS = 4;
const LIMITS = [1, 7, 60, 400, 1_500, 6_000];
/** The promise of DESIGN idea 8 is a second; a busy machine gets another. */
const FOLLOWED_WITHIN_MS = 2_000;
const WEBHOOK_EVERY = 50;
const MAIL_EVERY = 7;
/** Nobody listens there: what is due is tried now and then, and waits. */
const RECEIVER = { webhookUrl: 'http://127.0.0.1:9/hook', webhookFrequency: WEBHOOK_EVERY };
const ENV = { ALLOW_PRIVATE_TARGETS: 'true' };

/** A server at its place, through all its lives. */
class Node {
  readonly location: StoreLocation;
  server: ServerProcess | undefined;
  load: Load | undefined;

  constructor(location: StoreLocation) {
    this.location = location;
  }

  async start(next: () => LoadVisit, connections: number): Promise<void> {
    this.server = await ServerProcess.start(this.location, ENV);
    this.load = new Load({ port: this.server.port, connections, next });
  }

  /** As the kernel does when memory runs out. */
  async kill(): Promise<void> {
    const { server, load } = this;
    this.server = undefined;
    await server?.kill();
    await load?.finished;
  }

  /** Dies on its way up, while it migrates, reads the journal, or has just begun to listen. */
  async startAndDie(): Promise<void> {
    const server = await ServerProcess.launch(this.location, ENV);
    await after(Math.random() * 1_500);
    await server.kill();
  }
}

describe.each(ENGINES)('killed again and again under load, on $name', (engine) => {
  let under: EngineUnderTest;
  let nodes: Node[];

  beforeEach(async () => {
    under = await engine.open();
    nodes = [new Node(under.location)];
    // Many processes may serve one PostgreSQL, each with a journal of its own.
    if (under.location.database.engine === 'postgres') {
      const dataDir = join(under.location.dataDir, 'second');
      mkdirSync(dataDir);
      nodes.push(new Node({ ...under.location, dataDir }));
    }
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await under.close();
  });

  test('every answered click is there once, no limit is exceeded, a switched group is followed, and each threshold is told once', {
    timeout: 90_000 + ROUNDS * 10_000,
  }, async () => {
    await using site = await Site.open(nodes);
    for (let round = 0; round < ROUNDS; round += 1) await site.round(round);
    await site.quiesce();
    site.assertAnswers();
    await site.exhaustLimits();
    await site.assertCounters();
    const tables = await site.stopAndRead();
    site.assertTables(tables);
    await site.assertStatistics(tables);
    await site.assertThresholds(tables);
    console.log(site.report(engine.name));
  });
});

/** Servers, links and load, and the visitors' own account of all of it. */
class Site implements AsyncDisposable {
  readonly #nodes: readonly Node[];
  readonly #free: LinkAccount[];
  readonly #limited: { account: LinkAccount; limit: number }[];
  readonly #groups: GroupSwitch;
  #kills = 0;
  #visits = 0;
  #told = 0;

  private constructor(
    nodes: readonly Node[],
    { free, limited, groups }: { free: ApiLink[]; limited: ApiLink[]; groups: GroupSwitch },
  ) {
    this.#nodes = nodes;
    this.#free = free.map((link) => new LinkAccount(link));
    this.#limited = limited.map((link, index) => ({
      account: new LinkAccount(link),
      limit: LIMITS[index] as number,
    }));
    this.#groups = groups;
  }

  static async open(nodes: readonly Node[]): Promise<Site> {
    const [first] = nodes as [Node];
    first.server = await ServerProcess.start(first.location, ENV);
    const { status } = await first.server.call('PATCH', '/project', { ...RECEIVER, webhookMetric: 'clicks' });
    expect(status).toBe(200);
    const group = await first.server.createGroup({
      name: 'switched',
      settings: { ...RECEIVER, webhookEnabled: true, webhookMetric: 'visitors' },
    });
    const free = await first.server.createLinks(
      Array.from({ length: FREE_LINKS }, (_, index) => ({ code: `free-${index}` })),
    );
    const grouped = await first.server.createLinks(
      Array.from({ length: GROUPED_LINKS }, (_, index) => ({ code: `grouped-${index}`, groupId: group.id })),
    );
    const limited = await first.server.createLinks(
      LIMITS.map((maxClicks) => ({
        code: `limited-${maxClicks}`,
        settings: { maxClicks, notifyByMail: true, notifyEvery: MAIL_EVERY },
      })),
    );
    const groups = new GroupSwitch(group.id, grouped, nodes);
    const site = new Site(nodes, { free, limited, groups });
    await first.kill();
    for (const node of nodes) await site.#start(node);
    groups.start();
    return site;
  }

  /** Kills one node at a random moment and starts it again; every third dies once more while it starts. */
  async round(number: number): Promise<void> {
    const node = this.#nodes[number % this.#nodes.length] as Node;
    const visitsBefore = this.#visits;
    await until(() => this.#visits > visitsBefore + 500, 'there was load');
    await after(Math.random() * 700);
    await node.kill();
    this.#kills += 1;
    if (number % 3 === 2) {
      await node.startAndDie();
      this.#kills += 1;
    }
    await this.#start(node);
  }

  async #start(node: Node): Promise<void> {
    const next = () => this.#next(node);
    await node.start(next, CONNECTIONS / this.#nodes.length);
  }

  #next(node: Node): LoadVisit {
    this.#visits += 1;
    const kind = Math.random();
    if (kind < 0.4) return oneOf(this.#free).visit();
    if (kind < 0.6) return this.#groups.visit(node);
    return oneOf(this.#limited).account.visit();
  }

  /** No switch and no visit is under way any more. */
  async quiesce(): Promise<void> {
    await this.#groups.stop();
    await Promise.all(this.#nodes.map((node) => node.load?.stop()));
  }

  /** What the visitors saw, before anybody looks into a counter. */
  assertAnswers(): void {
    expect(this.#groups.violations, 'a visit begun after a switch was answered followed it').toEqual([]);
    expect(this.#groups.slowestElsewhereMs).toBeLessThanOrEqual(FOLLOWED_WITHIN_MS);
    expect(this.#groups.switches, 'the group was switched under load').toBeGreaterThan(ROUNDS);
    for (const { code, statuses } of this.#free) expect(statuses, code).toEqual([302]);
    for (const { code, statuses } of this.#groups.accounts) expect(statuses, code).toEqual([302, 404]);
    for (const { account, limit } of this.#limited) {
      expect([302, 403], account.code).toEqual(expect.arrayContaining(account.statuses));
      expect(account.redirected, account.code).toBeLessThanOrEqual(limit);
    }
  }

  /** Every slot is given to somebody, save those that a kill took along with an unanswered visit. */
  async exhaustLimits(): Promise<void> {
    const open = () => this.#limited.filter(({ account }) => !account.statuses.includes(403));
    const next = () => oneOf(open().length > 0 ? open() : this.#limited).account.visit();
    const loads = this.#nodes.map(
      ({ server }) => new Load({ port: (server as ServerProcess).port, connections: 8, next }),
    );
    await until(() => open().length === 0, 'every limit was reached', 60_000);
    await Promise.all(loads.map((load) => load.stop()));
    for (const { account, limit } of this.#limited) {
      expect(account.statuses, account.code).toEqual([302, 403]);
      expect(account.redirected, account.code).toBeLessThanOrEqual(limit);
      expect(account.redirected + account.unanswered, account.code).toBeGreaterThanOrEqual(limit);
    }
  }

  /** The API's `clicks`, from every node, once the journals are in the tables. */
  async assertCounters(): Promise<void> {
    for (const { server } of this.#nodes) await server?.untilDrained();
    for (const { server } of this.#nodes) {
      for (const account of this.#accounts()) {
        assertCounted(account, (await (server as ServerProcess).link(account.linkId)).clicks);
      }
    }
  }

  async stopAndRead(): Promise<ClickTables> {
    for (const node of this.#nodes) {
      const end = await (node.server as ServerProcess).stop();
      expect(end, node.server?.log).toEqual({ code: 0, signal: null });
    }
    return await readClickTables((this.#nodes[0] as Node).location);
  }

  assertTables(tables: ClickTables): void {
    expect(tables.distinctIds, 'no click is there twice').toBe(tables.rows);
    for (const account of this.#accounts()) {
      const found = tables.links.get(account.linkId);
      expect(found?.rows, `${account.code}: rows and counter agree`).toBe(found?.counter);
      assertCounted(account, found?.counter ?? -1);
    }
    for (const { account, limit } of this.#limited) {
      expect(tables.links.get(account.linkId)?.against, account.code).toBeLessThanOrEqual(limit);
    }
  }

  /** Every roll-up: blocks against raw clicks, tallies against blocks, counters against tallies, flags one by one. */
  async assertStatistics(tables: ClickTables): Promise<void> {
    const check = await checkStatistics((this.#nodes[0] as Node).location);
    expect(check.rebuild).toMatchObject({ factDifferences: [], tallyDifferences: [], rewritten: false });
    expect(check).toMatchObject({ wrongFlags: 0, wrongCounters: 0 });
    expect(check.rebuild.rawClicks).toBe(tables.rows);
    expect(check.facts).toBeGreaterThanOrEqual(tables.rows);
  }

  /** What counts for thresholds is what statistics call it, and the outbox has one delivery for each multiple of it. */
  async assertThresholds(tables: ClickTables): Promise<void> {
    const outbox = await new DeliveryTables((this.#nodes[0] as Node).location).outbox();
    const told = (account: LinkAccount, channel: string): number[] =>
      outbox
        .filter((row) => row.link === account.linkId && row.channel === channel)
        .map(({ body }) => toldOf(JSON.parse(body)))
        .sort((a, b) => a - b);
    const grouped = new Set(this.#groups.accounts);
    for (const account of this.#accounts()) {
      const { thresholdClicks, thresholdVisitors, standing, newcomers } = tables.links.get(
        account.linkId,
      ) as LinkInTables;
      expect([thresholdClicks, thresholdVisitors], account.code).toEqual([standing, newcomers]);
      const counted = grouped.has(account) ? thresholdVisitors : thresholdClicks;
      expect(told(account, 'webhook'), account.code).toEqual(multiples(WEBHOOK_EVERY, counted));
    }
    for (const { account } of this.#limited) {
      const { thresholdClicks } = tables.links.get(account.linkId) as LinkInTables;
      expect(told(account, 'mail'), account.code).toEqual(multiples(MAIL_EVERY, thresholdClicks));
    }
    this.#told = outbox.length;
    expect(this.#told).toBeGreaterThan(10 * ROUNDS);
  }

  report(engine: string): string {
    const accounts = this.#accounts();
    const sum = (of: (account: LinkAccount) => number) =>
      accounts.reduce((total, account) => total + of(account), 0);
    const unanswered = sum((account) => account.unanswered);
    const switches = `${this.#groups.switches} group switches (slowest elsewhere ${Math.round(this.#groups.slowestElsewhereMs)} ms)`;
    return `${engine}: ${this.#kills} kills, ${this.#visits} visits, ${sum((account) => account.redirected)} redirects, ${unanswered} unanswered, ${switches}, ${this.#told} thresholds told`;
  }

  #accounts(): LinkAccount[] {
    return [...this.#free, ...this.#groups.accounts, ...this.#limited.map(({ account }) => account)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#groups.stop();
  }
}

function assertCounted({ code, redirected, unanswered }: LinkAccount, clicks: number): void {
  expect(clicks, `${code}: every answered click was counted`).toBeGreaterThanOrEqual(redirected);
  expect(clicks, `${code}: nothing was counted that nobody asked for`).toBeLessThanOrEqual(
    redirected + unanswered,
  );
}

/** The multiple that a webhook, or a mail, is about. */
function toldOf(body: WebhookPayload | ThresholdNotice): number {
  if (!('payloadVersion' in body)) return body.clicks;
  return body.webhookMetric === 'P' ? body.pernCnt : body.acesCnt;
}

function multiples(every: number, upTo: number): number[] {
  return Array.from({ length: Math.floor(upTo / every) }, (_, index) => (index + 1) * every);
}

function oneOf<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}
