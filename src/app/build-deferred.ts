import { setTimeout } from 'node:timers/promises';
import { DeferredService } from '../deeplinks/deferred/deferred-service.ts';
import { DeferredStore } from '../deeplinks/deferred/deferred-store.ts';
import type { AppVisits } from '../visits/app-visits.ts';
import { DeferredLinks } from '../visits/deferred-links.ts';
import type { Parts } from './parts.ts';
import { within } from './within.ts';

/** An app that asks for its click waits this long for the clicks made before to be counted. */
const CLICKS_PATIENCE_MS = 1_500;
/**
 * And so long, where nothing was found, for those made at other nodes: they are counted every 200 ms, unless a node is
 * behind. Whoever was led there by no link waits for it in vain, so it is short.
 */
const OTHERS_PATIENCE_MS = 500;

/** Which link an app was installed for: asked of clicks, decided like visits. */
export function buildDeferred(
  { store, services, clicks }: Pick<Parts, 'store' | 'services' | 'clicks'>,
  appVisits: AppVisits,
): DeferredService {
  const { pipeline, deferredSecret } = clicks;
  return new DeferredService({
    store: new DeferredStore(store.database),
    secret: deferredSecret,
    claim: (claim) => pipeline.claim(claim),
    links: new DeferredLinks(appVisits),
    async settingsOf(projectId) {
      const { deferredWindowMinutes, fingerprintMatching } = await services.projects.load(projectId);
      return { windowMs: deferredWindowMinutes * 60_000, fingerprintMatching };
    },
    catchUp: () =>
      within(CLICKS_PATIENCE_MS, pipeline.drain()).then(
        () => true,
        () => false,
      ),
    othersCatchUp: store.servesAlone ? null : () => setTimeout(OTHERS_PATIENCE_MS),
  });
}
