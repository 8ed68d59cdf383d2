import { ClickKind } from '../clicks/click-record.ts';
import type {
  DeferredQuestion,
  FollowOutcome,
  LinkFollower,
} from '../deeplinks/deferred/deferred-service.ts';
import type { AppAsker } from './app-asker.ts';
import type { FollowedLink } from './app-link-search.ts';
import type { AppRefusal } from './app-opening.ts';
import type { AppVisits } from './app-visits.ts';

/** Links as apps see them that are opened for the first time: decided like visits, counted as installations. */
export class DeferredLinks implements LinkFollower {
  readonly #visits: AppVisits;

  constructor(visits: AppVisits) {
    this.#visits = visits;
  }

  async followClick(click: FollowedLink, question: DeferredQuestion, unlocked: string | null) {
    const followed = await this.#visits.follow(click, askerOf(question), unlocked);
    return followed.outcome === 'opened' ? followed : { outcome: refusalOf(followed.outcome) };
  }

  isShortUrl(url: string): boolean {
    return this.#visits.isShortUrl(url);
  }

  async lookUrl(url: string, question: DeferredQuestion): Promise<FollowOutcome> {
    const outcome = await this.#visits.look(url, askerOf(question));
    return outcome === 'opened' ? outcome : refusalOf(outcome);
  }

  async openUrl(url: string, question: DeferredQuestion, isInstallation: boolean) {
    const kind = isInstallation ? ClickKind.install : ClickKind.appOpen;
    const opened = await this.#visits.open(url, askerOf(question), kind);
    return opened.outcome === 'opened' ? opened : { outcome: refusalOf(opened.outcome) };
  }
}

function askerOf({
  projectId,
  apps,
  platform,
  address,
  userAgent,
  language,
  at,
}: DeferredQuestion): AppAsker {
  return { projectId, apps, platform, address, userAgent, language, at };
}

function refusalOf(refusal: AppRefusal): Exclude<FollowOutcome, 'opened'> {
  switch (refusal) {
    case 'unknown':
    case 'notShort':
      return 'unknown';
    case 'otherApp':
    case 'unavailable':
      return refusal;
    default:
      return 'refused';
  }
}
