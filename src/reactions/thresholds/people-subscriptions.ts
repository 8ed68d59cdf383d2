import type { BatchReader } from '../../db/batch-writer.ts';

/** A browser in which somebody of the project has allowed notifications. */
export interface PeopleSubscription {
  readonly id: number;
  readonly publicId: string;
}

const PEOPLE = {
  select: 'push_subscription.id, push_subscription.public_id',
  from: 'push_subscription',
  where: `push_subscription.project_id = asked.project_id and push_subscription.audience = 'people'`,
};

/** By project, each in the order in which they were made. */
export async function loadPeople(
  events: BatchReader,
  projectIds: readonly number[],
): Promise<Map<number, PeopleSubscription[]>> {
  const rows = await events.findEach<{ id: number; public_id: string }>(PEOPLE, {
    columns: { project_id: 'bigint' },
    rows: projectIds.map((id) => [id]),
  });
  const people = new Map<number, PeopleSubscription[]>(projectIds.map((id) => [id, []]));
  for (const { n, id, public_id } of rows.sort((a, b) => a.id - b.id)) {
    people.get(projectIds[n] as number)?.push({ id, publicId: public_id });
  }
  return people;
}
