import type { KyselyPlugin } from 'kysely';
import { expect, test } from 'vitest';
import { loadDelivery } from '../../src/reactions/delivery-log.ts';
import { DeliveryBench } from '../support/delivery-bench.ts';
import { ENGINES } from '../support/engines.ts';

/** Each statement is answered, and then this happens before whoever asked goes on. */
function between(happens: () => Promise<void>): KyselyPlugin {
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      await happens();
      return result;
    },
  };
}

test.each(ENGINES)('a delivery that ends while it is read is shown as it was, on $name', async (engine) => {
  const bench = await DeliveryBench.open(engine);
  try {
    const [id = ''] = await bench.add('webhook:1', 1);
    let asked = 0;
    const read = bench.store.database.read.withPlugin(
      between(async () => {
        if (++asked > 1) return;
        bench.startEngine([bench.channel()]);
        await bench.settled('webhook:1', ({ waiting }) => waiting === 0);
      }),
    );
    const { project } = bench.store;
    expect(await loadDelivery(read, project.id, id)).toMatchObject({
      state: 'waiting',
      attempts: 0,
      log: [],
    });
    expect(asked).toBe(2);
    expect(await loadDelivery(read, project.id, id)).toMatchObject({
      state: 'delivered',
      attempts: 1,
      log: [{ number: 1, status: 200 }],
    });
  } finally {
    await bench.close();
  }
});
