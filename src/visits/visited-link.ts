import type { AppsOnDevices } from '../deeplinks/ipad-app.ts';
import type { AppRouting } from '../links/app-routing.ts';
import type { Campaign } from '../links/link.ts';
import type { Settings } from '../links/setting.ts';

/** A link as visits know it. Destinations have their campaign parameters already. */
export interface VisitedLink {
  readonly id: number;
  readonly domainId: number;
  readonly groupId: number | null;
  readonly routeId: number;
  readonly destination: string;
  /** Where desktops go instead; null: where everybody goes. */
  readonly desktopDestination: string | null;
  /** The apps it opens; null when there are none. */
  readonly apps: AppsOnDevices | null;
  readonly appRouting: AppRouting;
  readonly campaign: Campaign;
  readonly settings: Settings;
  readonly title: string;
  readonly description: string;
  readonly imageUrl: string | null;
  readonly deleteAt: number | null;
}

/** A living group as visits know it. */
export interface VisitedGroup {
  readonly id: number;
  readonly settings: Settings;
}
