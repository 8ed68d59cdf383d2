import type { BatchReader } from '../../db/batch-writer.ts';
import type { Settings } from '../../links/setting.ts';
import {
  qualifies,
  type Threshold,
  type ThresholdEndpoint,
  type ThresholdGroup,
  type ThresholdProject,
  thresholdsOf,
} from './threshold.ts';
import type { ThresholdClick } from './threshold-click.ts';
import type { Metric } from './threshold-walk.ts';

type Clicked = Pick<ThresholdClick, 'linkId' | 'groupId'>;

/** A link that the database knows; of one that a restored backup does not know, nobody is told anything. */
interface KnownLink {
  readonly project: ThresholdProject;
  readonly settings: Settings;
  /** What is in force for the clicks of one group, that of the last click asked about. */
  memo: { readonly group: ThresholdGroup | undefined; readonly thresholds: readonly Threshold[] } | undefined;
}

const NOTHING_SET: Settings = {};
const NOBODY: readonly Threshold[] = [];

/** The settings by which the clicks of one batch are judged, as they were when it was begun. */
export class ThresholdRules {
  readonly #links = new Map<number, KnownLink>();
  readonly #groups = new Map<number, ThresholdGroup | undefined>();

  /** Three questions however many clicks there are. */
  static async load(config: BatchReader, clicks: readonly Clicked[]): Promise<ThresholdRules> {
    const rules = new ThresholdRules();
    await rules.#learnLinks(config, [...new Set(clicks.map(({ linkId }) => linkId))]);
    await rules.learnGroups(config, clicks);
    return rules;
  }

  /** Of the links that are known: the number of their project. */
  *projectsByLink(): Iterable<readonly [linkId: number, projectId: number]> {
    for (const [linkId, { project }] of this.#links) yield [linkId, project.id];
  }

  projectOf(linkId: number): ThresholdProject | undefined {
    return this.#links.get(linkId)?.project;
  }

  /** Undefined for clicks made in no group, or in one that has been deleted. */
  groupOf({ groupId }: Clicked): ThresholdGroup | undefined {
    return groupId === null ? undefined : this.#groups.get(groupId);
  }

  qualifies(click: ThresholdClick): boolean {
    const link = this.#links.get(click.linkId);
    return !link || qualifies(click.country, link.project, this.groupOf(click), link.settings);
  }

  thresholdsOf(click: Clicked): readonly Threshold[] {
    const link = this.#links.get(click.linkId);
    if (!link) return NOBODY;
    const group = this.groupOf(click);
    if (!link.memo || link.memo.group !== group)
      link.memo = { group, thresholds: thresholdsOf(link.project, group, link.settings) };
    return link.memo.thresholds;
  }

  async learnGroups(config: BatchReader, clicks: readonly Clicked[]): Promise<void> {
    const unknown = new Set<number>();
    for (const { groupId } of clicks)
      if (groupId !== null && !this.#groups.has(groupId)) unknown.add(groupId);
    if (unknown.size === 0) return;
    const ids = [...unknown];
    const rows = await config.findEach<GroupRow>(GROUP, asked(ids));
    for (const id of ids) this.#groups.set(id, undefined);
    for (const row of rows) {
      const id = ids[row.n] as number;
      const endpoint = endpointOf(row, 'group');
      const { public_id: publicId, name } = row;
      this.#groups.set(id, { id, publicId, name, settings: settingsFrom(row.settings), endpoint });
    }
  }

  async #learnLinks(config: BatchReader, ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const rows = await config.findEach<LinkRow>(LINK, asked(ids));
    const projectIds = [...new Set(rows.map(({ project_id }) => project_id))];
    const found = await config.findEach<ProjectRow>(PROJECT, asked(projectIds));
    const projects = new Map(found.map((row) => [row.id, projectFromRow(row)]));
    for (const { n, project_id, settings } of rows) {
      const project = projects.get(project_id);
      if (!project) continue;
      this.#links.set(ids[n] as number, { project, settings: settingsFrom(settings), memo: undefined });
    }
  }
}

const asked = (ids: readonly number[]) =>
  ({ columns: { id: 'bigint' }, rows: ids.map((id) => [id]) }) as const;

const LINK = { select: 'link.project_id, link.settings', from: 'link', where: 'link.id = asked.id' };

interface LinkRow {
  readonly project_id: number;
  readonly settings: string;
}

const ENDPOINT = `webhook_endpoint.id as endpoint_id, webhook_endpoint.public_id as endpoint_public_id,
  webhook_endpoint.disabled_at`;

interface EndpointColumns {
  readonly endpoint_id: number | null;
  readonly endpoint_public_id: string | null;
  readonly disabled_at: number | null;
}

const GROUP = {
  select: `link_group.public_id, link_group.name, link_group.settings, ${ENDPOINT}`,
  from: 'link_group left join webhook_endpoint on webhook_endpoint.group_id = link_group.id',
  where: 'link_group.id = asked.id and link_group.deleted_at is null',
};

interface GroupRow extends EndpointColumns {
  readonly public_id: string;
  readonly name: string;
  readonly settings: string;
}

const PROJECT = {
  select: `project.id, project.public_id, project.time_zone, project.home_country, project.notify_every,
    project.webhook_enabled, project.webhook_url, project.webhook_metric, project.webhook_frequency, ${ENDPOINT}`,
  from: `project left join webhook_endpoint
    on webhook_endpoint.project_id = project.id and webhook_endpoint.group_id is null`,
  where: 'project.id = asked.id',
};

interface ProjectRow extends EndpointColumns {
  readonly id: number;
  readonly public_id: string;
  readonly time_zone: string;
  readonly home_country: string;
  readonly notify_every: number;
  readonly webhook_enabled: number;
  readonly webhook_url: string | null;
  readonly webhook_metric: string | null;
  readonly webhook_frequency: number | null;
}

function projectFromRow(row: ProjectRow): ThresholdProject {
  return {
    id: row.id,
    publicId: row.public_id,
    timeZone: row.time_zone,
    homeCountry: row.home_country,
    notifyEvery: row.notify_every,
    webhookEnabled: row.webhook_enabled === 1,
    webhookUrl: row.webhook_url,
    webhookMetric: row.webhook_metric as Metric | null,
    webhookFrequency: row.webhook_frequency,
    endpoint: endpointOf(row, 'project'),
  };
}

function endpointOf(row: EndpointColumns, of: ThresholdEndpoint['of']): ThresholdEndpoint | null {
  if (row.endpoint_id === null || row.endpoint_public_id === null) return null;
  return { id: row.endpoint_id, publicId: row.endpoint_public_id, of, disabled: row.disabled_at !== null };
}

/** Most links set nothing, and there are thousands in a batch. */
function settingsFrom(text: string): Settings {
  return text === '{}' ? NOTHING_SET : (JSON.parse(text) as Settings);
}
