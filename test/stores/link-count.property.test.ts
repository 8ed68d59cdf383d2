import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Group } from '../../src/links/group.ts';
import type { Link } from '../../src/links/link.ts';
import { ENGINES } from '../support/engines.ts';
import { Workbench } from '../support/workbench.ts';

/** What should be there: every living link with the place of its group, null when it has none. */
interface Model {
  readonly groups: (string | 'deleted')[];
  readonly links: (number | null | 'deleted')[];
}

/** What is there, in the same places. */
interface Real {
  readonly bench: Workbench;
  readonly groups: Group[];
  readonly links: Link[];
}

type Command = fc.AsyncCommand<Model, Real>;

/** A step of the model and of the store; `pick` numbers are turned into places when the step runs. */
class Step implements Command {
  readonly #name: string;
  readonly #run: (model: Model, real: Real) => Promise<void>;

  constructor(name: string, run: (model: Model, real: Real) => Promise<void>) {
    this.#name = name;
    this.#run = run;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.#run(model, real);
    await compare(model, real);
  }

  toString(): string {
    return this.#name;
  }
}

async function compare({ groups, links }: Model, real: Real): Promise<void> {
  for (const [place, group] of real.groups.entries()) {
    if (groups[place] === 'deleted') continue;
    const expected = links.filter((where) => where === place).length;
    const { linkCount, id } = await real.bench.loadGroup(group);
    const { n } = await real.bench.database.read
      .selectFrom('link')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('group_id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    expect({ linkCount, rows: n }).toEqual({ linkCount: expected, rows: expected });
  }
}

const living = <T>(all: readonly T[], states: readonly unknown[]): number[] =>
  all.flatMap((_, place) => (states[place] === 'deleted' ? [] : [place]));

const picked = (places: readonly number[], pick: number): number | undefined => places[pick % places.length];

/** A place of a living group, or null for none (also when there is no living group). */
function groupPlace(model: Model, real: Real, pick: number): number | null {
  return pick % 4 === 0 ? null : (picked(living(real.groups, model.groups), pick) ?? null);
}

const createGroup = fc.constant(
  new Step('create group', async (model, real) => {
    real.groups.push(await real.bench.createGroup());
    model.groups.push('living');
  }),
);

const createLinks = fc.array(fc.nat(), { minLength: 1, maxLength: 4 }).map(
  (picks) =>
    new Step(`create links ${picks}`, async (model, real) => {
      const places = picks.map((pick) => groupPlace(model, real, pick));
      const inputs = places.map((place) => ({
        groupId: place === null ? null : (real.groups[place]?.publicId ?? null),
      }));
      real.links.push(...(await real.bench.createLinks(inputs)));
      model.links.push(...places);
    }),
);

const move = fc.tuple(fc.array(fc.nat(), { maxLength: 6 }), fc.nat()).map(
  ([picks, target]) =>
    new Step(`move ${picks} to ${target}`, async (model, real) => {
      const places = picks.flatMap((pick) => picked(living(real.links, model.links), pick) ?? []);
      const to = groupPlace(model, real, target);
      await real.bench.moveLinks(
        places.map((place) => real.links[place] as Link),
        to === null ? null : (real.groups[to] as Group),
      );
      for (const place of places) model.links[place] = to;
    }),
);

const updateLink = fc.tuple(fc.nat(), fc.option(fc.nat(), { nil: undefined })).map(
  ([pick, target]) =>
    new Step(`update ${pick} to ${target}`, async (model, real) => {
      const place = picked(living(real.links, model.links), pick);
      if (place === undefined) return;
      const to = target === undefined ? undefined : groupPlace(model, real, target);
      const groupId = to == null ? to : real.groups[to]?.publicId;
      await real.bench.updateLink(real.links[place] as Link, { title: 'again', groupId });
      if (to !== undefined) model.links[place] = to;
    }),
);

const deleteLink = fc.nat().map(
  (pick) =>
    new Step(`delete link ${pick}`, async (model, real) => {
      const place = picked(living(real.links, model.links), pick);
      if (place === undefined) return;
      await real.bench.deleteLink(real.links[place] as Link);
      model.links[place] = 'deleted';
    }),
);

const deleteGroup = fc.nat().map(
  (pick) =>
    new Step(`delete group ${pick}`, async (model, real) => {
      const place = picked(living(real.groups, model.groups), pick);
      if (place === undefined) return;
      await real.bench.deleteGroup(real.groups[place] as Group);
      model.groups[place] = 'deleted';
      for (const [link, where] of model.links.entries()) if (where === place) model.links[link] = null;
    }),
);

const releaseLinks = fc.integer({ min: 1, max: 5 }).map(
  (limit) =>
    new Step(`release ${limit}`, async (_, { bench }) => {
      await bench.transact((tx) => bench.groups.releaseLinks(tx, limit));
    }),
);

describe.each(ENGINES)('the number of links in a group on $name', (engine) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.open(engine);
  });
  afterAll(() => bench.close());

  test('is what counting would give, after whatever has happened', async () => {
    const commands = fc.commands(
      [createGroup, createLinks, move, updateLink, deleteLink, deleteGroup, releaseLinks],
      { maxCommands: 40, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        await fc.asyncModelRun(
          () => ({ model: { groups: [], links: [] }, real: { bench, groups: [], links: [] } }),
          steps,
        );
      }),
      { numRuns: 25 },
    );
  });
});
