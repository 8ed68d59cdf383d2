import { effective } from '../../links/overlay.ts';
import type { Settings } from '../../links/setting.ts';
import type { Every, Metric } from './threshold-walk.ts';

/** Who is told of a link's clicks, and how often. */
export type Threshold = Every &
  (
    | { readonly channel: 'webhook'; readonly endpoint: ThresholdEndpoint }
    | { readonly channel: 'mail' | 'push'; readonly metric: 'clicks' }
  );

export interface ThresholdEndpoint {
  readonly id: number;
  readonly publicId: string;
  readonly of: 'project' | 'group';
  /** Nothing is kept for it. */
  readonly disabled: boolean;
}

/** What a project says of thresholds. */
export interface ThresholdProject {
  readonly id: number;
  readonly publicId: string;
  readonly timeZone: string;
  readonly homeCountry: string;
  /** Clicks between two notifications. */
  readonly notifyEvery: number;
  readonly webhookEnabled: boolean;
  readonly webhookUrl: string | null;
  readonly webhookMetric: Metric | null;
  readonly webhookFrequency: number | null;
  readonly endpoint: ThresholdEndpoint | null;
}

export interface ThresholdGroup {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly settings: Settings;
  readonly endpoint: ThresholdEndpoint | null;
}

/** Every threshold of a link whose clicks are made in the group, or in none. */
export function thresholdsOf(
  project: ThresholdProject,
  group: ThresholdGroup | undefined,
  link: Settings,
): Threshold[] {
  const webhook = webhookOf(project, group);
  const every = effective('notifyEvery', link, group?.settings) || project.notifyEvery;
  const thresholds: Threshold[] = webhook ? [webhook] : [];
  if (effective('notifyByMail', link, group?.settings))
    thresholds.push({ channel: 'mail', metric: 'clicks', every });
  if (effective('notifyByPush', link, group?.settings))
    thresholds.push({ channel: 'push', metric: 'clicks', every });
  return thresholds;
}

/** One webhook at most: that of the group goes before that of the project, whatever has become of it. */
function webhookOf(project: ThresholdProject, group: ThresholdGroup | undefined): Threshold | undefined {
  if (!project.webhookEnabled) return undefined;
  const own = group?.settings;
  if (own && effective('webhookEnabled', {}, own) && effective('webhookUrl', {}, own)) {
    if (!group.endpoint) return undefined;
    const metric = effective('webhookMetric', {}, own) || 'clicks';
    const every = effective('webhookFrequency', {}, own) || 1;
    return { channel: 'webhook', endpoint: group.endpoint, metric, every };
  }
  if (!project.webhookUrl || !project.endpoint) return undefined;
  const metric = project.webhookMetric ?? 'clicks';
  return { channel: 'webhook', endpoint: project.endpoint, metric, every: project.webhookFrequency ?? 1 };
}

/** Whether a click from the country moves any threshold. Unknown countries are no foreign ones. */
export function qualifies(
  country: string,
  project: ThresholdProject,
  group: ThresholdGroup | undefined,
  link: Settings,
): boolean {
  if (country === '' || country === project.homeCountry) return true;
  return !effective('excludeForeign', link, group?.settings);
}
