import type { BatchReader, BatchTransaction } from '../../db/batch-writer.ts';

/** `raw-from`: first quarter hour whose raw clicks are all kept. */
export type StatisticsFact = 'raw-from';

export async function readState(reader: BatchReader, name: StatisticsFact): Promise<number> {
  const [row] = await reader.all<{ value: number }>('select value from statistics_state where name = $1', [
    name,
  ]);
  return row?.value ?? 0;
}

export async function writeState(tx: BatchTransaction, name: StatisticsFact, value: number): Promise<void> {
  await tx.run(
    `insert into statistics_state (name, value) values ($1, $2)
     on conflict (name) do update set value = excluded.value`,
    [name, value],
  );
}
