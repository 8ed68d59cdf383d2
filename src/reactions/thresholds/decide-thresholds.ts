import type { BatchTransaction } from '../../db/batch-writer.ts';
import { enqueue } from '../delivery/outbox.ts';
import { loadCrossedLinks } from './crossed-links.ts';
import { loadPeople } from './people-subscriptions.ts';
import type { Threshold, ThresholdProject } from './threshold.ts';
import type { ThresholdClick } from './threshold-click.ts';
import { type CrossedThreshold, deliveriesOf } from './threshold-deliveries.ts';
import type { ThresholdRules } from './threshold-rules.ts';
import { type Counters, type Crossing, crossingsOf, type Gain, gainsOf, growthOf } from './threshold-walk.ts';

export interface ThresholdContext {
  readonly rules: ThresholdRules;
  /** Origin of the installation. */
  readonly publicUrl: string;
  /** Milliseconds. */
  readonly now: number;
}

/**
 * Decides what the clicks of a batch set off and puts it into the outbox, in the transaction that writes the clicks.
 * Nobody else may write the counters of these links meanwhile.
 *
 * @returns by how much the threshold counters of links grow; writing that is the caller's part
 */
export async function decideThresholds(
  tx: BatchTransaction,
  clicks: readonly ThresholdClick[],
  context: ThresholdContext,
): Promise<Map<number, Counters>> {
  const { rules } = context;
  // Those of older clicks that are judged anew.
  await rules.learnGroups(tx.config, clicks);
  const gains = new Map<number, Gain[]>();
  for (const [linkId, ofLink] of Map.groupBy(clicks, ({ linkId }) => linkId)) {
    gains.set(linkId, gainsOf(ofLink.filter((click) => rules.qualifies(click))));
  }
  const crossings = await findCrossings(tx, gains, rules);
  if (crossings.length > 0) await tell(tx, crossings, context);
  return new Map([...gains].map(([linkId, ofLink]) => [linkId, growthOf(ofLink)]));
}

/** In order of time over all links. Counters are only read of links whose clicks anybody wants to hear of. */
async function findCrossings(
  tx: BatchTransaction,
  gains: ReadonlyMap<number, readonly Gain[]>,
  rules: ThresholdRules,
): Promise<Crossing<Threshold>[]> {
  const watched = [...gains].filter(([, ofLink]) =>
    ofLink.some(({ click }) => rules.thresholdsOf(click).length > 0),
  );
  if (watched.length === 0) return [];
  const before = await loadCounters(
    tx,
    watched.map(([linkId]) => linkId),
  );
  return watched
    .flatMap(([linkId, ofLink]) =>
      crossingsOf(ofLink, before.get(linkId) ?? NOTHING_YET, (click) => rules.thresholdsOf(click)),
    )
    .sort((a, b) => a.click.at - b.click.at);
}

const NOTHING_YET: Counters = { clicks: 0, visitors: 0 };

async function loadCounters(
  tx: BatchTransaction,
  linkIds: readonly number[],
): Promise<Map<number, Counters>> {
  const rows = await tx.findEach<Counters>(
    {
      select: 'link_counter.threshold_clicks as clicks, link_counter.threshold_visitors as visitors',
      from: 'link_counter',
      where: 'link_counter.link_id = asked.link_id',
    },
    { columns: { link_id: 'bigint' }, rows: linkIds.map((id) => [id]) },
  );
  return new Map(rows.map(({ n, clicks, visitors }) => [linkIds[n] as number, { clicks, visitors }]));
}

/** Only here the links themselves are read: few of those that were clicked have reached anything. */
async function tell(
  tx: BatchTransaction,
  crossings: readonly Crossing<Threshold>[],
  { rules, publicUrl, now }: ThresholdContext,
): Promise<void> {
  const links = await loadCrossedLinks(
    tx.config,
    [...new Set(crossings.map(({ click }) => click.linkId))],
    publicUrl,
  );
  const crossed: Omit<CrossedThreshold, 'people'>[] = crossings.flatMap((crossing) => {
    const { click } = crossing;
    const link = links.get(click.linkId);
    const project = rules.projectOf(click.linkId);
    return link && project ? [{ ...crossing, link, project, group: rules.groupOf(click) }] : [];
  });
  const people = await loadPeople(tx, projectsWithAlerts(crossed));
  const kept = crossed.filter(({ threshold }) => !isForDisabled(threshold));
  const refused = crossed.filter(({ threshold }) => isForDisabled(threshold));
  const deliveries = (all: typeof crossed) =>
    all.flatMap((one) => deliveriesOf({ ...one, people: people.get(one.project.id) ?? [] }, now));
  await enqueue(tx, deliveries(kept), deliveries(refused));
}

function projectsWithAlerts(
  crossed: readonly { readonly threshold: Threshold; readonly project: ThresholdProject }[],
): number[] {
  return [
    ...new Set(
      crossed.filter(({ threshold }) => threshold.channel === 'push').map(({ project }) => project.id),
    ),
  ];
}

function isForDisabled(threshold: Threshold): boolean {
  return threshold.channel === 'webhook' && threshold.endpoint.disabled;
}
