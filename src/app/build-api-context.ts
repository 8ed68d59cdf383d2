import { ensureInstanceSecret } from '../accounts/instance-secret.ts';
import type { ApiContext } from '../api/api-context.ts';
import { PublishableCalls } from '../api/app-call.ts';
import { visitorPseudonyms } from '../clicks/visitor-pseudonym.ts';
import { authentication } from './authentication.ts';
import { describeMetrics } from './describe-metrics.ts';
import { linkAnswers } from './link-answers.ts';
import type { Opening } from './opening.ts';
import type { Parts } from './parts.ts';
import { checkReadiness } from './readiness.ts';
import { reportHealth } from './report-health.ts';

export interface Identity {
  /** Of the default project. */
  readonly projectId: number;
  readonly controlToken: string;
}

/** What the surfaces are given: the parts as they stand, and answers made of several of them. */
export async function buildApiContext(
  { config, publicUrl, logger }: Opening,
  parts: Parts,
  { projectId, controlToken }: Identity,
): Promise<ApiContext> {
  const { store, services, memory, clicks, reactions, instruments, painting, visits } = parts;
  const { database } = store;
  const { directory, ...remembered } = memory;
  const { pipeline, statistics, live } = clicks;
  const { clientAddress, loopDelay, proxies, visitMeter, apiMeter: meter } = instruments;
  const { handler: _, ...visited } = visits;
  const pseudonymSecret = await ensureInstanceSecret(database, 'pseudonym-secret-1');
  const sendsMail = config.mailServer !== undefined;
  return {
    database,
    ...services,
    ...remembered,
    ...reactions,
    ...visited,
    statistics,
    live,
    painting,
    clientAddress,
    publishableCalls: new PublishableCalls(clientAddress),
    pushServices: { added: config.pushServices, allowPrivate: config.allowPrivateTargets },
    sendsMail,
    domainAliases: config.domainAliases,
    bit2connectRateLimit: config.bit2connectRateLimit,
    vivoldiRateLimit: config.vivoldiRateLimit,
    logger,
    ...authentication({ keys: services.keys, controlToken, metricsToken: config.metricsToken, projectId }),
    ...linkAnswers(parts),
    visitorPseudonyms: (ofProjectId) => visitorPseudonyms(pseudonymSecret, ofProjectId),
    readiness: () => checkReadiness(store, pipeline),
    reportHealth: () =>
      reportHealth({ publicUrl, store, pipeline, directory, loopDelay, proxies, sendsMail }),
    rebuildStatistics: (dryRun, onProgress) => pipeline.rebuildStatistics(dryRun, onProgress),
    meter,
    metrics: describeMetrics({
      visits: visitMeter,
      api: meter,
      directory,
      pipeline,
      loopDelay,
      database,
      deliveries: reactions.reactions,
    }),
  };
}
