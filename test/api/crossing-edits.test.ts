import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../support/engines.ts';
import { Api, type Json } from './api.ts';

const LINKS = 60;
const ROUNDS = 12;
/** Fewer than there are connections: nobody shall wait for one. */
const AT_ONCE = 6;

type Work = () => Promise<Json>;

/** Does all of it, some at the same time, in no certain order. @returns what came of each, in the order given */
async function doAll(works: readonly Work[]): Promise<Json[]> {
  const done: Json[] = [];
  const waiting = [...works.entries()];
  const walk = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) done[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
  return done;
}

/** What crosses: whoever edits many rows at once, in whatever order they were named, from many places. */
describe.each(ENGINES)('edits that cross, on $name', (engine) => {
  let api: Api;
  let links: string[];
  let groups: string[];

  beforeAll(async () => {
    api = await Api.open(engine, { env: { FETCH_PREVIEWS: 'on' } });
    const idsOf = async (works: Work[]) => (await doAll(works)).map(({ id }: Json) => id);
    links = await idsOf(
      Array.from({ length: LINKS }, (_, index) => () => api.link({ code: `crossing-${index}` })),
    );
    groups = await idsOf(['one', 'two', 'three'].map((name) => () => api.group({}, name)));
  });
  afterAll(() => api.close());

  const move = (linkIds: readonly string[], groupId: string | null) =>
    api.ok('POST', '/links/move', { body: { linkIds, groupId } });
  const groupOf = (index: number) => groups[index % groups.length] as string;
  const linkOf = (index: number) => links[index % links.length] as string;

  async function retries(): Promise<number> {
    const { text } = await api.send('GET', '/metrics', undefined, { host: `127.0.0.1:${api.port}` });
    return Number(/^switchyard_transaction_retries_total (\d+)$/m.exec(text)?.[1]);
  }

  async function expectTrueCounts(): Promise<void> {
    for (const id of groups) {
      const { linkCount } = await api.ok('GET', `/groups/${id}`);
      expect(linkCount, id).toBe(await countLinksOf(id));
    }
  }

  async function countLinksOf(groupId: string): Promise<number> {
    let count = 0;
    for (let cursor = ''; ; ) {
      const page = await api.ok('GET', `/links?groupId=${groupId}&limit=100${cursor}`);
      count += page.links.length;
      if (!page.nextCursor) return count;
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
    }
  }

  test('two that move the same links in opposite orders, again and again, are both answered', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([
        move(links, groupOf(round)),
        move(links.toReversed(), groupOf(round + 1)),
        move(links.slice(20).concat(links.slice(0, 20)), null),
      ]);
    }
    await expectTrueCounts();
  });

  test('an import beside edits of the same groups and pages, and none has to be run again', async () => {
    const before = await retries();
    const works: Work[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // Nobody has led there before: whoever comes first notes it, and the others wait for them.
      const destination = `https://page-${round}.invalid/`;
      const rows = Array.from({ length: 20 }, (_, index) => {
        return { kind: 'link', destination, code: `imported-${round}-${index}`, groupId: groupOf(index) };
      });
      const edit = (index: number) => () =>
        api.ok('PATCH', `/links/${linkOf(index)}`, { body: { destination, groupId: groupOf(round) } });
      works.push(
        () => api.ok('POST', '/imports', { body: { rows } }),
        ...[0, 1, 2].flatMap((index) => [
          () => api.link({ destination, groupId: groupOf(round) }),
          edit(round * 3 + index),
        ]),
        () => move(links.slice(round), groupOf(round)),
        () => move(links.toReversed().slice(round), groupOf(round + 2)),
        () => api.ok('PATCH', `/groups/${groupOf(round)}`, { body: { memo: `round ${round}` } }),
      );
    }
    const answers = await doAll(works);
    const outcomes = answers.flatMap(({ outcomes = [] }) => outcomes.map(({ outcome }: Json) => outcome));
    expect(outcomes).toEqual(Array(20 * ROUNDS).fill('created'));
    await expectTrueCounts();
    expect(await retries()).toBe(before);
  });
});
