import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonItems } from './json-items.ts';

async function items(text: string, paths: readonly (readonly string[])[], size = 7): Promise<unknown[]> {
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  })();
  for await (const item of jsonItems(chunks, paths)) {
    found.push('text' in item ? JSON.parse(item.text) : item.problem);
  }
  return found;
}

const DATA = [['data', '*']];

describe('items of JSON documents', () => {
  test('are found wherever the chunks are cut, whatever is in them', async () => {
    const item = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(item, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        async (pages, pretty, size) => {
          const plain = JSON.parse(JSON.stringify(pages)) as unknown[][];
          const text = plain
            .map((data) =>
              JSON.stringify({ limit: 10, meta: { data: 'x' }, data, total: 3 }, null, pretty ? 2 : 0),
            )
            .join(pretty ? '\n' : '');
          expect(await items(text, DATA, size)).toEqual(plain.flat());
        },
      ),
    );
  });

  test('in an array, in an object of objects, one after another without a page around them', async () => {
    expect(await items('[{"a":1},{"a":{"b":[{}]}}]', [['x', '*']])).toEqual([{ a: 1 }, { a: { b: [{}] } }]);
    const links = { links: { link_1: { url: 'a' }, link_2: { url: 'b' } }, stats: { total: 2 } };
    expect(await items(JSON.stringify(links), [['links', '*']])).toEqual([{ url: 'a' }, { url: 'b' }]);
    expect(await items('{"a":1}\n{"a":2}\n', DATA)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await items('\ufeff{"data":[]}', DATA)).toEqual([{ data: [] }]);
  });

  test('a file that is cut says so after what was whole', async () => {
    expect(await items('{"data":[{"a":1},{"a":', DATA)).toEqual([
      { a: 1 },
      'is cut: the file ends in the middle of it',
    ]);
  });

  test.each([
    ['text', 'hello', 'The file is not JSON.'],
    ['brackets that do not match', '{"data":[}', 'The file is not JSON.'],
    ['a bottomless pit', '['.repeat(500), 'The file is no list of links.'],
  ])('%s is refused', async (_, text, message) => {
    await expect(items(text, DATA)).rejects.toThrow(message);
  });

  test('any text comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[{}[\]",:\\a ]{0,60}$/), async (text) => {
        await items(text, DATA).catch(() => {});
      }),
    );
  });
});
