import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES, type EngineUnderTest } from '../support/engines.ts';
import { Load, type LoadVisit } from './load.ts';
import { ServerProcess } from './server-process.ts';

/** Same seed, same calls; the load between them is never the same. */
const SEED = Number(process.env.STALE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const STEPS = Number(process.env.STALE_STEPS ?? 120);
const CODES = 12;
const GROUPS = 3;
const VISITS_AFTER_EACH = 3;

type Flag = boolean | null;

interface ModelGroup {
  readonly name: string;
  readonly id: string;
  paused: Flag;
  ended: boolean;
}

interface ModelLink {
  readonly id: string;
  destination: string;
  paused: Flag;
  group: ModelGroup | undefined;
}

/** What a visit has to meet, told so simply that it can hardly be wrong. */
interface Expected {
  readonly status: number;
  readonly location: string | undefined;
}

const UNKNOWN: Expected = { status: 404, location: undefined };
const ENDED = 'https://example.com/ended';

function expectedOf(link: ModelLink | undefined): Expected {
  if (!link) return UNKNOWN;
  const paused = link.group?.paused ?? link.paused ?? false;
  if (paused) return UNKNOWN;
  if (link.group?.ended) return { status: 302, location: ENDED };
  return { status: 302, location: link.destination };
}

/** Links and groups as the management calls that were answered have left them, and visits that compare. */
class Model {
  readonly mismatches: string[] = [];
  judged = 0;
  readonly #server: ServerProcess;
  readonly #random: () => number;
  /** By code: a link, or undefined as long as there is none. */
  readonly #links = new Map<string, ModelLink | undefined>();
  readonly #deleted: string[] = [];
  #groups: ModelGroup[] = [];
  /** Grows when a call is sent and when it was answered: what a visit meets is certain while it stands still. */
  #generation = 0;
  #changing = false;
  #codes = 0;
  #destinations = 0;

  constructor(server: ServerProcess, random: () => number) {
    this.#server = server;
    this.#random = random;
  }

  async open(): Promise<void> {
    for (let number = 0; number < GROUPS; number += 1) await this.#createGroup();
    for (let number = 0; number < CODES; number += 1) this.#links.set(this.#newCode(), undefined);
  }

  /** One management call, then visits of what it was about and of something else. */
  async step(): Promise<void> {
    const code = this.#oneOf([...this.#links.keys()]);
    const link = this.#links.get(code);
    this.#generation += 1;
    this.#changing = true;
    const call = await (link ? this.#change(code, link) : this.#create(code));
    this.#changing = false;
    this.#generation += 1;
    const others = Array.from({ length: VISITS_AFTER_EACH - 1 }, () => this.#anyCode());
    const visited = [code, ...others];
    await Promise.all(visited.map((one) => this.#compare(one, `after ${call}`)));
  }

  /** A visit of the load: judged when no call was under way during any of it. */
  visit(): LoadVisit {
    const code = this.#anyCode();
    const generation = this.#generation;
    const certain = !this.#changing;
    return {
      code,
      settle: (answer) => {
        if (!certain || generation !== this.#generation) return;
        this.#judge(code, answer, 'in the load');
      },
    };
  }

  async #compare(code: string, when: string): Promise<void> {
    const { status, headers } = await this.#server.visit(code);
    this.#judge(code, { status, location: headers.location as string | undefined }, when);
  }

  #judge(code: string, answer: Expected | undefined, when: string): void {
    this.judged += 1;
    const expected = expectedOf(this.#links.get(code));
    if (answer?.status === expected.status && answer.location === expected.location) return;
    this.mismatches.push(`${code} ${when}: ${JSON.stringify(answer)} for ${JSON.stringify(expected)}`);
  }

  /** The code has just been asked for by somebody, and was unknown. */
  async #create(code: string): Promise<string> {
    await this.#server.visit(code);
    const destination = this.#newDestination();
    const group = this.#random() < 0.5 ? this.#oneOf(this.#groups) : undefined;
    const body = { code, destination, ...(group ? { groupId: group.id } : {}) };
    const created =
      this.#random() < 0.5
        ? await this.#server.createLink(body)
        : (await this.#server.createLinks([body]))[0];
    this.#links.set(code, { id: created?.id ?? '', destination, paused: null, group });
    return `creating ${code}`;
  }

  async #change(code: string, link: ModelLink): Promise<string> {
    const dice = this.#random();
    if (dice < 0.25) return await this.#redirectElsewhere(code, link);
    if (dice < 0.4) return await this.#pause(code, link);
    if (dice < 0.6) return await this.#move(code, link);
    if (dice < 0.85) return await this.#switchGroup();
    if (dice < 0.92) return await this.#delete(code, link);
    return await this.#replaceGroup();
  }

  async #redirectElsewhere(code: string, link: ModelLink): Promise<string> {
    const destination = this.#newDestination();
    await this.#server.updateLink(link.id, { destination });
    link.destination = destination;
    return `sending ${code} to ${destination}`;
  }

  async #pause(code: string, link: ModelLink): Promise<string> {
    const paused = this.#oneOf<Flag>([true, false, null]);
    await this.#server.updateLink(link.id, { settings: { paused } });
    link.paused = paused;
    return `setting paused of ${code} to ${paused}`;
  }

  async #move(code: string, link: ModelLink): Promise<string> {
    const group = this.#oneOf([...this.#groups, undefined]);
    if (this.#random() < 0.5) await this.#server.moveLinks([link.id], group?.id ?? null);
    else await this.#server.updateLink(link.id, { groupId: group?.id ?? null });
    link.group = group;
    return `moving ${code} to ${group?.name}`;
  }

  async #switchGroup(): Promise<string> {
    const group = this.#oneOf(this.#groups);
    const paused = this.#oneOf<Flag>([true, false, null, null]);
    const ended = this.#random() < 0.3;
    await this.#server.updateGroup(group.id, {
      settings: { paused, endsAt: ended ? '2020-01-01T00:00:00Z' : null, expiredUrl: ended ? ENDED : null },
    });
    group.paused = paused;
    group.ended = ended;
    return `setting ${group.name} to paused ${paused}, ended ${ended}`;
  }

  /** A deleted code stays reserved, so another takes its place. */
  async #delete(code: string, link: ModelLink): Promise<string> {
    await this.#server.deleteLink(link.id);
    this.#links.delete(code);
    this.#deleted.push(code);
    this.#links.set(this.#newCode(), undefined);
    return `deleting ${code}`;
  }

  async #replaceGroup(): Promise<string> {
    const group = this.#oneOf(this.#groups);
    await this.#server.deleteGroup(group.id);
    for (const link of this.#links.values()) if (link?.group === group) link.group = undefined;
    this.#groups = this.#groups.filter((one) => one !== group);
    await this.#createGroup();
    return `deleting ${group.name}`;
  }

  async #createGroup(): Promise<void> {
    const name = `group-${this.#groups.length}-${++this.#destinations}`;
    const { id } = await this.#server.createGroup({ name });
    this.#groups.push({ name, id, paused: null, ended: false });
  }

  /** Not by the seed: how many visits the load makes depends on the machine. */
  #anyCode(): string {
    const codes = [...this.#links.keys(), ...this.#deleted];
    return codes[Math.floor(Math.random() * codes.length)] as string;
  }

  #newCode(): string {
    return `stale-${++this.#codes}`;
  }

  #newDestination(): string {
    return `https://example.com/${++this.#destinations}`;
  }

  #oneOf<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}

describe.each(ENGINES)('nothing stale, on $name', (engine) => {
  let under: EngineUnderTest;
  let server: ServerProcess;

  beforeEach(async () => {
    under = await engine.open();
    server = await ServerProcess.start(under.location);
  });

  afterEach(async () => {
    await server?.kill();
    await under?.close();
  });

  test(`a visit begun after a call was answered sees its effect (STALE_SEED=${SEED})`, {
    timeout: 60_000 + STEPS * 500,
  }, async () => {
    const model = new Model(server, generator(SEED));
    await model.open();
    const load = new Load({ port: server.port, connections: 8, next: () => model.visit() });
    for (let step = 0; step < STEPS && model.mismatches.length === 0; step += 1) await model.step();
    await load.stop();
    expect(model.mismatches).toEqual([]);
    expect(model.judged).toBeGreaterThan(STEPS * VISITS_AFTER_EACH);
    expect(server.log).toBe('');
  });
});

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
