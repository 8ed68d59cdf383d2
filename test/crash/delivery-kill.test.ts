import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreLocation } from '../../src/db/store-location.ts';
import { DeliveryState } from '../../src/reactions/delivery/delivery.ts';
import type { WebhookPayload } from '../../src/reactions/thresholds/webhook-payload.ts';
import { LinkAccount } from '../server/load.ts';
import { ServerProcess } from '../server/server-process.ts';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { DeliveryTables, type OutboxRow } from './delivery-tables.ts';
import { PacedVisitors } from './paced-visitors.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

/** Per engine, some of them with a second kill; 20 kills at least where both run. */
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 8);
/** A killed process keeps its lanes until their leases end, so each round has groups of its own to be killed in. */
const GROUPS_PER_ROUND = 3;
const LINKS_PER_GROUP = 2;
const GLOBAL_LINKS = 2;
const IN_FULL_SWING = 30;
/** A lease of 30 seconds, the retry ten seconds after a 500, and as much again for a busy machine. */
const DRAINED_WITHIN_MS = 80_000;
const ENV = { ALLOW_PRIVATE_TARGETS: 'true' };

/** A server at its place, through all its lives. */
class Node {
  readonly location: StoreLocation;
  server: ServerProcess | undefined;
  visitors: PacedVisitors | undefined;

  constructor(location: StoreLocation) {
    this.location = location;
  }

  async start(next: () => LinkAccount): Promise<void> {
    this.server = await ServerProcess.start(this.location, ENV);
    this.visitors = new PacedVisitors(this.server, next);
  }

  async kill(): Promise<void> {
    const { server, visitors } = this;
    this.server = undefined;
    await server?.kill();
    await visitors?.finished;
  }

  /** Dies on its way up, or with the first deliveries it has claimed. */
  async startAndDie(): Promise<void> {
    const server = await ServerProcess.launch(this.location, ENV);
    await after(Math.random() * 2_500);
    await server.kill();
  }
}

describe.each(ENGINES)('killed again and again while webhooks go out, on $name', (engine) => {
  let under: EngineUnderTest;
  let receiver: WebhookReceiver;
  let nodes: Node[];

  beforeEach(async () => {
    receiver = await WebhookReceiver.open();
    under = await engine.open();
    nodes = [new Node(under.location)];
    // Many processes may serve one PostgreSQL, each with a journal of its own, and share the lanes.
    if (under.location.database.engine === 'postgres') {
      const dataDir = join(under.location.dataDir, 'second');
      mkdirSync(dataDir);
      nodes.push(new Node({ ...under.location, dataDir }));
    }
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await receiver.close();
    await under.close();
  });

  test('every event is delivered, each is the same at every attempt, and there is one for each click', {
    timeout: 180_000 + ROUNDS * 15_000,
  }, async () => {
    const site = await Site.open(nodes, receiver);
    for (let round = 0; round < ROUNDS; round += 1) await site.round(round);
    await site.untilDrained();
    await site.assertDelivered();
    await site.fillWhileDown();
    await site.assertEvents();
    console.log(await site.report(engine.name));
  });
});

interface Hooked {
  readonly account: LinkAccount;
  readonly path: string;
  readonly metric: 'C' | 'P';
}

/** Servers, links with webhooks, their visitors and their receiver. */
class Site {
  readonly #nodes: readonly Node[];
  readonly #receiver: WebhookReceiver;
  readonly #tables: DeliveryTables;
  readonly #global: readonly Hooked[];
  /** By round. */
  readonly #grouped: readonly (readonly Hooked[])[];
  #visited: readonly Hooked[];
  #kills = 0;

  private constructor(
    nodes: readonly Node[],
    receiver: WebhookReceiver,
    tables: DeliveryTables,
    global: readonly Hooked[],
    grouped: readonly (readonly Hooked[])[],
  ) {
    this.#nodes = nodes;
    this.#receiver = receiver;
    this.#tables = tables;
    this.#global = global;
    this.#grouped = grouped;
    this.#visited = global;
  }

  static async open(nodes: readonly Node[], receiver: WebhookReceiver): Promise<Site> {
    const [first] = nodes as [Node];
    const tables = new DeliveryTables(first.location);
    const server = await ServerProcess.start(first.location, ENV);
    first.server = server;
    const patched = await server.call('PATCH', '/project', {
      webhookUrl: receiver.url('/global'),
      webhookMetric: 'clicks',
      webhookFrequency: 1,
    });
    expect(patched.status, patched.text).toBe(200);
    const hooked = async (path: string, metric: Hooked['metric'], links: readonly object[]) =>
      (await server.createLinks(links)).map((link) => ({ account: new LinkAccount(link), path, metric }));
    const global = await hooked(
      '/global',
      'C',
      codes('global', GLOBAL_LINKS).map((code) => ({ code })),
    );
    const paths = new Map([['', '/global']]);
    const grouped: Hooked[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      grouped.push([]);
      for (let index = 0; index < GROUPS_PER_ROUND; index += 1) {
        const path = `/round-${round}/${index}`;
        const byVisitors = index === GROUPS_PER_ROUND - 1;
        const { id: groupId } = await server.createGroup({
          name: path,
          settings: {
            webhookEnabled: true,
            webhookUrl: receiver.url(path),
            webhookMetric: byVisitors ? 'visitors' : 'clicks',
            webhookFrequency: 1,
          },
        });
        paths.set(groupId, path);
        const links = codes(`r${round}-g${index}`, LINKS_PER_GROUP).map((code) => ({ code, groupId }));
        grouped[round]?.push(...(await hooked(path, byVisitors ? 'P' : 'C', links)));
      }
    }
    for (const [groupId, secret] of await tables.secrets()) receiver.trust(paths.get(groupId) ?? '', secret);
    await first.kill();
    const site = new Site(nodes, receiver, tables, global, grouped);
    for (const node of nodes) await node.start(site.#next);
    return site;
  }

  readonly #next = (): LinkAccount =>
    (this.#visited[Math.floor(Math.random() * this.#visited.length)] as Hooked).account;

  /** Kills one node while it delivers, and starts it again; every third dies once more while it starts. */
  async round(number: number): Promise<void> {
    const fresh = this.#grouped[number] as readonly Hooked[];
    this.#visited = [...fresh, ...this.#global];
    const paths = new Set(fresh.map(({ path }) => path));
    const arrived = () => [...this.#receiver.received.values()].filter(({ path }) => paths.has(path)).length;
    await until(() => arrived() > IN_FULL_SWING, `webhooks of round ${number} went out`, 60_000);
    await after(Math.random() * 500);
    const node = this.#nodes[number % this.#nodes.length] as Node;
    await node.kill();
    this.#kills += 1;
    await this.#assertLanes();
    if (number % 3 === 2) {
      await node.startAndDie();
      this.#kills += 1;
      await this.#assertLanes();
    }
    await node.start(this.#next);
  }

  /** What the lanes say of themselves is written with the deliveries, so no kill can part them. */
  async #assertLanes(): Promise<void> {
    expect(await this.#tables.laneMismatches()).toEqual([]);
  }

  async untilDrained(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.visitors?.stop()));
    for (const { server } of this.#nodes) await server?.untilDrained();
    const nothingWaits = async () => (await this.#tables.waiting()) === 0;
    await until(nothingWaits, 'every delivery was finished', DRAINED_WITHIN_MS);
  }

  async assertDelivered(): Promise<void> {
    const outbox = await this.#tables.outbox();
    await this.#assertKnown(outbox);
    for (const { id, state, attempts, logged } of outbox) {
      expect(this.#receiver.received.has(id), `${id} was received`).toBe(true);
      expect(state, `${id} is delivered`).toBe(DeliveryState.delivered);
      // An attempt whose process died before it could say so leaves no trace here.
      expect(logged, `${id}: the log has every attempt`).toBe(attempts);
      expect(this.#receiver.received.get(id)?.times).toBeGreaterThanOrEqual(attempts);
    }
    expect(await this.#tables.dropped()).toBe(0);
    expect(this.#receiver.failures, 'something was refused').toBeGreaterThan(0);
    expect(this.#receiver.takenAgain, 'kills hit deliveries on their way').toBeGreaterThan(0);
  }

  async #assertKnown(outbox: readonly OutboxRow[]): Promise<void> {
    expect(this.#receiver.complaints).toEqual([]);
    const bodies = new Map(outbox.map(({ id, body }) => [id, body]));
    for (const [id, { body }] of this.#receiver.received) {
      expect(bodies.get(id), `${id} is what the outbox says`).toBe(body.toString('utf8'));
    }
  }

  /** Something waits in the end, so that what the lanes say of it is more than nothing. */
  async fillWhileDown(): Promise<void> {
    this.#receiver.down = true;
    const visitors = this.#nodes.map((node) => {
      node.visitors = new PacedVisitors(node.server as ServerProcess, this.#next);
      return node.visitors;
    });
    const many = async () => (await this.#tables.waiting()) > IN_FULL_SWING;
    await until(many, 'deliveries wait for a receiver that is down', 30_000);
    await Promise.all(visitors.map((one) => one.stop()));
    for (const { server } of this.#nodes) await server?.untilDrained();
    for (const { server } of this.#nodes) {
      const end = await server?.stop();
      expect(end, server?.log).toEqual({ code: 0, signal: null });
    }
  }

  /** Of each link: its events, its counters and its clicks, which three say the same. */
  async assertEvents(): Promise<void> {
    await this.#assertLanes();
    expect(await this.#tables.waiting()).toBeGreaterThan(IN_FULL_SWING);
    const outbox = await this.#tables.outbox();
    await this.#assertKnown(outbox);
    const clicks = await this.#tables.qualified();
    for (const { account, path, metric } of [...this.#global, ...this.#grouped.flat()]) {
      const events = outbox.filter(({ link }) => link === account.linkId);
      const counted = clicks.get(account.linkId);
      const payloads = events.map(({ body }) => JSON.parse(body) as WebhookPayload);
      const reached = payloads.map(({ acesCnt, pernCnt }) => (metric === 'C' ? acesCnt : pernCnt));
      const expected = metric === 'C' ? counted?.thresholdClicks : counted?.thresholdVisitors;
      expect(counted?.thresholdClicks, `${account.code}: every click that qualified counts`).toBe(
        counted?.clicks,
      );
      expect(events.length, `${account.code}: as many events as there were clicks`).toBe(expected);
      expect(
        reached.sort((a, b) => a - b),
        `${account.code}: one for each`,
      ).toEqual(Array.from({ length: events.length }, (_, index) => index + 1));
      for (const { webhookType, webhookMetric, linkId } of payloads) {
        expect(webhookType).toBe(path === '/global' ? 'GLOBAL' : 'GROUP');
        expect([webhookMetric, linkId]).toEqual([metric, account.code]);
      }
      expect(account.statuses, account.code).toEqual([302]);
      expect(counted?.clicks).toBeLessThanOrEqual(account.redirected + account.unanswered);
      expect(counted?.clicks, `${account.code} was visited`).toBeGreaterThan(0);
    }
  }

  async report(engine: string): Promise<string> {
    const { received, failures, takenAgain } = this.#receiver;
    const waiting = await this.#tables.waiting();
    return `${engine}: ${this.#kills} kills, ${received.size} events received, ${takenAgain} taken again after a kill, ${failures} refused once, ${waiting} wait for a receiver that is down`;
  }
}

function codes(prefix: string, howMany: number): string[] {
  return Array.from({ length: howMany }, (_, index) => `${prefix}-${index}`);
}
