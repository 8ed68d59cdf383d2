import { LinkAccount, type LoadVisit } from '../server/load.ts';
import type { ApiLink, ServerProcess } from '../server/server-process.ts';
import { until } from '../support/until.ts';

/** Whoever may be switched through; without a server while it is dead. */
export interface SwitchedNode {
  readonly server: ServerProcess | undefined;
}

/** What a visit may meet from the moment a switch was answered until the next one is sent. */
interface Settled {
  readonly paused: boolean;
  readonly at: number;
  readonly through: SwitchedNode;
  /** Visits begun after this switch that followed it, by node. */
  readonly followed: Map<SwitchedNode, number>;
}

const OBSERVED_WITHIN_MS = 5_000;
const OBSERVED_VISITS = 10;

/** Pauses and unpauses a group for as long as it runs, and watches whether visits of its links follow. */
export class GroupSwitch {
  readonly accounts: LinkAccount[];
  readonly violations: string[] = [];
  /** The longest time after the answer to a switch at which a visit begun on another node did not follow it. */
  slowestElsewhereMs = 0;
  switches = 0;
  readonly #groupId: string;
  readonly #nodes: readonly SwitchedNode[];
  /** Undefined while a switch is under way, or was when its node died: either behaviour is right. */
  #settled: Settled | undefined;
  #running: Promise<void> | undefined;
  #stopping = false;

  constructor(groupId: string, links: readonly ApiLink[], nodes: readonly SwitchedNode[]) {
    this.#groupId = groupId;
    this.accounts = links.map((link) => new LinkAccount(link));
    this.#nodes = nodes;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  visit(node: SwitchedNode): LoadVisit {
    const account = this.accounts[Math.floor(Math.random() * this.accounts.length)] as LinkAccount;
    const settled = this.#settled;
    const startedAt = performance.now();
    return {
      code: account.code,
      settle: (answer) => {
        account.note(answer);
        // Judged only when no other switch was sent while the visit was on its way.
        if (answer && settled && settled === this.#settled)
          this.#judge(settled, node, startedAt, answer.status);
      },
    };
  }

  #judge(settled: Settled, node: SwitchedNode, startedAt: number, status: number): void {
    if (status === (settled.paused ? 404 : 302)) {
      settled.followed.set(node, (settled.followed.get(node) ?? 0) + 1);
    } else if (node === settled.through) {
      this.violations.push(
        `${status} ${Math.round(startedAt - settled.at)} ms after paused=${settled.paused} was answered`,
      );
    } else {
      this.slowestElsewhereMs = Math.max(this.slowestElsewhereMs, startedAt - settled.at);
    }
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#stopping; turn += 1) {
      const through = this.#nodes[turn % this.#nodes.length] as SwitchedNode;
      if (await this.#switch(through, turn % 3 !== 0)) await this.#untilFollowed();
      else
        await until(() => this.#stopping || this.#nodes.some(({ server }) => server), 'a node lives', 60_000);
    }
  }

  /** @returns whether it was answered */
  async #switch(through: SwitchedNode, paused: boolean): Promise<boolean> {
    this.#settled = undefined;
    const { server } = through;
    if (!server) return false;
    try {
      await server.updateGroup(this.#groupId, { settings: { paused } });
    } catch (error) {
      // Killed under our hands; another answer than success would be a defect.
      if (error instanceof Error && 'code' in error) return false;
      this.violations.push(String(error));
      return false;
    }
    this.switches += 1;
    this.#settled = { paused, at: performance.now(), through, followed: new Map() };
    return true;
  }

  /** Not switched again before every living node was seen to follow, or had far more time than it may take. */
  async #untilFollowed(): Promise<void> {
    const settled = this.#settled as Settled;
    const seenEverywhere = () =>
      this.#nodes.every(
        (node) => node.server === undefined || (settled.followed.get(node) ?? 0) >= OBSERVED_VISITS,
      );
    await until(
      () => this.#stopping || seenEverywhere() || performance.now() - settled.at > OBSERVED_WITHIN_MS,
      'the switch was followed',
      2 * OBSERVED_WITHIN_MS,
    );
  }
}
