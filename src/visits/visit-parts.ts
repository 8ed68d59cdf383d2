import type { ReservedSegments } from '../links/code.ts';
import type { DomainDirectory } from '../links/domain-directory.ts';
import type { ClickAppender } from './click-appender.ts';
import type { ClientAddress } from './client-address.ts';
import type { DescribedPages } from './described-page.ts';
import type { LongLinks } from './long-links.ts';
import type { Passwords } from './passwords.ts';
import type { PushInvitations } from './push-invitations.ts';
import type { Slots } from './slots.ts';
import type { VisitDirectory } from './visit-directory.ts';

/** What visits are answered with. Each road takes what it needs of it. */
export interface VisitParts {
  readonly directory: VisitDirectory;
  readonly domains: DomainDirectory;
  readonly reserved: ReservedSegments;
  readonly slots: Slots;
  readonly journal: ClickAppender;
  readonly clientAddress: ClientAddress;
  readonly longLinks: Pick<LongLinks, 'find' | 'look'>;
  readonly passwords: Passwords;
  readonly invitations: PushInvitations;
  readonly pages: DescribedPages;
  /** Told why a visit could not be decided. It may be told a thousand times a second. */
  readonly onTrouble: (error: unknown) => void;
}
