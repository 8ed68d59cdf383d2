import type { ApiContext } from '../api/api-context.ts';
import { loadSlotsUsed } from '../clicks/slot-store.ts';
import { Failure } from '../errors.ts';
import { NotKnownNow } from '../visits/visit-directory.ts';
import { COUNT_PATIENCE_MS } from './count-patience.ts';
import type { Parts } from './parts.ts';
import { TimedOut, within } from './within.ts';

/** What surfaces ask of links as visits see them. What cannot be said now is a `Failure` of its own. */
export function linkAnswers({
  store,
  memory,
  clicks,
}: Pick<Parts, 'store' | 'memory' | 'clicks'>): Pick<ApiContext, 'targetOf' | 'slotsTaken' | 'slotsUsed'> {
  return {
    async targetOf(domainId, code) {
      try {
        return await memory.directory.find(domainId, code);
      } catch (error) {
        if (!(error instanceof NotKnownNow)) throw error;
        throw new Failure('unavailable', 'The link cannot be looked up now; try again in a moment.');
      }
    },
    async slotsTaken(linkId) {
      try {
        return await within(COUNT_PATIENCE_MS, Promise.resolve(clicks.slots.taken(linkId)));
      } catch (error) {
        if (!(error instanceof TimedOut)) throw error;
        throw new Failure(
          'unavailable',
          'The clicks of the link are still being counted; try again in a moment.',
        );
      }
    },
    slotsUsed: (linkIds) => loadSlotsUsed(store.database.read, linkIds),
  };
}
