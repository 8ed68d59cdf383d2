import type { Store } from '../db/open.ts';
import type { PaintingThread } from '../qr/painting-thread.ts';
import type { Instruments } from './instruments.ts';
import type { Memory } from './memory.ts';
import type { Clicks } from './open-clicks.ts';
import type { OpenReactions } from './open-reactions.ts';
import type { Visits } from './open-visits.ts';
import type { Services } from './services.ts';

/** The product in the order in which it is opened: each part is given those before it that it needs. */
export interface Parts {
  readonly store: Store;
  readonly services: Services;
  readonly memory: Memory;
  readonly clicks: Clicks;
  readonly reactions: OpenReactions;
  readonly instruments: Instruments;
  readonly painting: PaintingThread;
  readonly visits: Visits;
}
