import { createSecretKey, type KeyObject } from 'node:crypto';
import { Failure } from '../../errors.ts';
import type { Platform } from '../../links/link-app.ts';
import type { AppIdentity } from '../app-identity.ts';
import type { OpenedLink } from '../opened-link.ts';
import { clickIdOf, clickInReferrer, clickInUrl, timeOfClick, withoutClick } from './click-mention.ts';
import { traitsOfApp } from './click-traits.ts';
import { type ClaimOutcome, type DeferredClaim, NO_CLICK } from './deferred-claim.ts';
import { type DeferredStore, type LikeClicks, MOST_CANDIDATES } from './deferred-store.ts';
import { matchFingerprint } from './fingerprint.ts';
import { hashDevice, hashNetwork } from './keyed-hash.ts';
import { placeOf } from './place.ts';

/** What an app says when it is opened for the first time. Everything but the platform may be missing. */
export interface DeferredQuestion {
  readonly projectId: number;
  readonly platform: Platform;
  /** Stays the same as long as the app is installed; other apps may say the same. */
  readonly deviceId: string | null;
  /** Nothing but a new installation asks in this way, so that one without a device id is one, too. */
  readonly isInstallation?: boolean;
  readonly osVersion: string;
  readonly language: string;
  /** As Google Play hands it over. */
  readonly installReferrer: string | null;
  readonly clickId: string | null;
  /** What the app found in the clipboard. */
  readonly clipboardUrl: string | null;
  /** The only apps it may be told of; null: any. */
  readonly apps: readonly AppIdentity[] | null;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Milliseconds. */
  readonly at: number;
}

/** What told which click it was. */
type ClickSource = 'installReferrer' | 'clickId' | 'clipboardUrl' | 'likeness';

/** Bit2Connect's names, which has one for whatever the app itself hands over. */
const METHODS = {
  installReferrer: 'install_referrer',
  clickId: 'clipboard',
  clipboardUrl: 'clipboard',
  likeness: 'fingerprint',
} as const satisfies Readonly<Record<ClickSource, string>>;

export type MatchMethod = (typeof METHODS)[ClickSource];

export interface DeferredMatch {
  readonly link: OpenedLink;
  /** Null when a link was named and no click. */
  readonly clickId: string | null;
  readonly method: MatchMethod;
  /** 1: there is no doubt. */
  readonly confidence: number;
}

/** `refused`: for now, or for ever, nobody is led there. */
export type FollowOutcome = 'opened' | 'unknown' | 'otherApp' | 'unavailable' | 'refused';

/** Decides what links mean to an app now. */
export interface LinkFollower {
  /**
   * What a clicked link means now; `note` counts the installation, once it is told.
   *
   * @param unlocked version of the password that the asker has given; null: none
   */
  followClick(
    click: { readonly linkId: number; readonly query: string },
    question: DeferredQuestion,
    unlocked: string | null,
  ): Promise<
    | { readonly outcome: 'opened'; readonly link: OpenedLink; note(): Promise<void> }
    | { readonly outcome: Exclude<FollowOutcome, 'opened'> }
  >;
  isShortUrl(url: string): boolean;
  /** What opening a short URL would lead to; nothing is counted. */
  lookUrl(url: string, question: DeferredQuestion): Promise<FollowOutcome>;
  /** A short URL without a click: opened as any, and counted as an installation, or as an opening of the app. */
  openUrl(
    url: string,
    question: DeferredQuestion,
    isInstallation: boolean,
  ): Promise<
    | { readonly outcome: 'opened'; readonly link: OpenedLink }
    | { readonly outcome: Exclude<FollowOutcome, 'opened'> }
  >;
}

export interface DeferredParts {
  readonly store: DeferredStore;
  /** Hex; keys the hashes of networks and devices, as ingest does. */
  readonly secret: string;
  readonly claim: (claim: DeferredClaim) => Promise<ClaimOutcome>;
  readonly links: LinkFollower;
  /** How the project wants it. `windowMs` 0: not at all. */
  readonly settingsOf: (projectId: number) => Promise<DeferredSettings>;
  /** Lets the clicks that have been made come into the tables; false when that takes too long. */
  readonly catchUp: () => Promise<boolean>;
  /** Gives other processes a moment to count the clicks they have; null where this one has them all. */
  readonly othersCatchUp: (() => Promise<void>) | null;
}

export interface DeferredSettings {
  /** For how long after a click a fingerprint may find it. */
  readonly windowMs: number;
  readonly fingerprintMatching: boolean;
}

interface FoundClick {
  readonly click: { readonly linkId: number; readonly query: string };
  readonly clickId: string;
  /** The password that was given with a click that is named, which is the asker's beyond doubt. */
  readonly unlocked: string | null;
  readonly source: ClickSource;
  readonly confidence: number;
  /** Queries with which clicks like this one lead to the same place. */
  readonly queries: readonly string[];
}

interface Asking {
  readonly question: DeferredQuestion;
  /** Keyed hash; null when the app does not know its device. */
  readonly device: string | null;
  readonly settings: DeferredSettings;
  readonly caughtUp: boolean;
}

type Told =
  | DeferredMatch
  /** There is no link for it. */
  | 'nothing'
  /** There is one, which is closed: the click waits until it is open again, and so does the device's turn. */
  | 'closed'
  /** The device was answered before. */
  | 'repeated';

/** Between finding a click by its fingerprint and claiming it another device may have been told of it. */
const MOST_TRIES = 3;

/** A click that another process has in its journal is in the tables after that long, or never. */
const ON_ITS_WAY_MS = 10 * 60_000;

/** Some SDKs say this instead of nothing. */
const NO_DEVICE = /^(?:|unknown|null|undefined|[0-]*)$/i;

/**
 * Tells an app that is opened for the first time which link it was installed for. A click that is named (by the store,
 * by the app, in the clipboard) is certain; only when none is named, the device's likeness to one that clicked decides.
 * Every app is told once on a device, and every click goes to one.
 */
export class DeferredService {
  readonly #parts: DeferredParts;
  readonly #secret: KeyObject;

  constructor(parts: DeferredParts) {
    this.#parts = parts;
    this.#secret = createSecretKey(Buffer.from(parts.secret, 'hex'));
  }

  /**
   * @returns null when there is no link for it, or it has asked before
   * @throws Failure `unavailable`, without having answered: asking again is right
   */
  async resolve(question: DeferredQuestion): Promise<DeferredMatch | null> {
    const { projectId, deviceId, at } = question;
    const settings = await this.#parts.settingsOf(projectId);
    if (settings.windowMs === 0) return null;
    const device =
      deviceId === null || NO_DEVICE.test(deviceId)
        ? null
        : hashDevice(this.#secret, projectId, deviceId, onlyAppOf(question));
    if (device !== null && (await this.#parts.store.isAnswered(projectId, device, at))) return null;
    const told = await this.#tell({ question, device, settings, caughtUp: await this.#parts.catchUp() });
    if (typeof told !== 'string') return told;
    if (told === 'nothing' && device !== null) {
      await this.#parts.claim({ projectId, device, clickId: null, at });
    }
    return null;
  }

  /** A click that is named; else a link that is named; else a click that is alike. */
  async #tell(asking: Asking): Promise<Told> {
    const named = await this.#findNamed(asking.question);
    if (named === 'spent') return 'nothing';
    if (named !== undefined) {
      const told = await this.#tellClick(named, asking);
      if (told === 'taken') return 'nothing';
      // What is in the clipboard may be about another app.
      if (told !== 'nothing' || named.source !== 'clipboardUrl') return told;
    }
    const { clipboardUrl } = asking.question;
    if (clipboardUrl !== null && this.#parts.links.isShortUrl(clipboardUrl)) {
      const told = await this.#tellUrl(withoutClick(clipboardUrl), asking);
      if (told !== 'nothing') return told;
    }
    const told = await this.#tellLike(asking);
    const { othersCatchUp } = this.#parts;
    if (told !== 'nothing' || othersCatchUp === null || !asking.settings.fingerprintMatching) return told;
    await othersCatchUp();
    return await this.#tellLike(asking);
  }

  async #tellClick(found: FoundClick, { question, device }: Asking): Promise<Told | 'taken'> {
    const { click, clickId, unlocked, source, confidence, queries } = found;
    const { projectId, at } = question;
    const followed = await this.#parts.links.followClick(click, question, unlocked);
    if (followed.outcome !== 'opened') return untold(followed.outcome);
    const outcome = await this.#parts.claim({ projectId, device, clickId, queries, at });
    if (outcome !== 'claimed') return outcome;
    await followed.note();
    return { link: followed.link, clickId, method: METHODS[source], confidence };
  }

  /** The device is answered before the link is opened, which counts, and must not for one that only repeats itself. */
  async #tellUrl(url: string, { question, device }: Asking): Promise<Told> {
    const { projectId, at } = question;
    const looked = await this.#parts.links.lookUrl(url, question);
    if (looked !== 'opened') return untold(looked);
    if (device !== null) {
      const outcome = await this.#parts.claim({ projectId, device, clickId: NO_CLICK, at });
      if (outcome === 'repeated') return 'repeated';
    }
    // One that does not know itself could be the same one again and again.
    const isInstallation = device !== null || question.isInstallation === true;
    const opened = await this.#parts.links.openUrl(url, question, isInstallation);
    if (opened.outcome !== 'opened') return untold(opened.outcome);
    return { link: opened.link, clickId: null, method: METHODS.clipboardUrl, confidence: 1 };
  }

  async #tellLike(asking: Asking): Promise<Told> {
    const { question, settings, caughtUp } = asking;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const found = settings.fingerprintMatching
        ? await this.#findByFingerprint(question, settings.windowMs)
        : undefined;
      if (!found && !caughtUp) throw notNow();
      if (!found) return 'nothing';
      const told = await this.#tellClick(found, asking);
      if (told !== 'taken') return told;
    }
    return 'nothing';
  }

  /** @returns `spent` when the click is known, and somebody was told of it */
  async #findNamed(question: DeferredQuestion): Promise<FoundClick | 'spent' | undefined> {
    const { othersCatchUp } = this.#parts;
    const found = await this.#lookForNamed(question);
    if (found !== 'onItsWay') return found;
    if (othersCatchUp === null) throw notNow();
    await othersCatchUp();
    const here = await this.#lookForNamed(question);
    if (here === 'onItsWay') throw notNow();
    return here;
  }

  /** @returns `onItsWay` when a click was made a short while ago, and is not known yet */
  async #lookForNamed(question: DeferredQuestion): Promise<FoundClick | 'spent' | 'onItsWay' | undefined> {
    const { projectId, platform, installReferrer, clickId, clipboardUrl, at } = question;
    const { store } = this.#parts;
    const named = [
      ['installReferrer', installReferrer === null ? undefined : clickInReferrer(installReferrer)],
      ['clickId', clickId === null ? undefined : clickIdOf(clickId)],
      ['clipboardUrl', clipboardUrl === null ? undefined : clickInUrl(clipboardUrl)],
    ] as const;
    let isOnItsWay = false;
    for (const [source, id] of named) {
      if (id === undefined) continue;
      // In this order: it may come in between.
      const isHere = !isRecent(id, at) || (await store.hasClick(id));
      const click = await store.findClick(projectId, id, platform, at);
      if (click?.isClaimed) return 'spent';
      if (click) {
        const { clickId, unlocked } = click;
        return { click, clickId, unlocked, source, confidence: 1, queries: [] };
      }
      isOnItsWay ||= !isHere;
    }
    return isOnItsWay ? 'onItsWay' : undefined;
  }

  async #findByFingerprint(question: DeferredQuestion, windowMs: number): Promise<FoundClick | undefined> {
    const { projectId, platform, address, at } = question;
    const network = hashNetwork(this.#secret, projectId, address);
    const clicks = await this.#parts.store.listLikeClicks(projectId, network, platform, at - windowMs);
    if (clicks.length > MOST_CANDIDATES) return undefined;
    const candidates = await this.#ofItsApps(clicks, question);
    const match = matchFingerprint(traitsOfApp(question.osVersion, question.language), candidates);
    if (!match) return undefined;
    const { candidate: click, confidence } = match;
    const alike = candidates.filter((other) => isLike(other, click));
    const queries = alike.map(({ query }) => query);
    return { click, clickId: click.clickId, unlocked: null, source: 'likeness', confidence, queries };
  }

  /** Without the clicks on links that are gone, or that open other apps than may be told of. */
  async #ofItsApps(clicks: readonly LikeClicks[], question: DeferredQuestion) {
    const answers = new Map<string, string | null>();
    const candidates: (LikeClicks & { readonly answer: string })[] = [];
    for (const click of clicks) {
      const url = `${click.linkId} ${click.query}`;
      const known = answers.get(url);
      const answer = known === undefined ? await this.#answerOf(click, question) : known;
      answers.set(url, answer);
      if (answer !== null) candidates.push({ ...click, answer });
    }
    return candidates;
  }

  /** Where a click leads now; null when that is nothing for this app. A closed link leads to one place, which is none. */
  async #answerOf(click: LikeClicks, question: DeferredQuestion): Promise<string | null> {
    const followed = await this.#parts.links.followClick(click, question, null);
    switch (followed.outcome) {
      case 'opened':
        return placeOf(click.linkId, followed.link.deepLink);
      case 'refused':
        return `${click.linkId}`;
      case 'unavailable':
        throw notNow();
      default:
        return null;
    }
  }
}

/** The app that asks, where that is known: it says so, or its key is for no other on this platform. */
function onlyAppOf({ apps }: DeferredQuestion): AppIdentity | null {
  return apps?.length === 1 ? (apps[0] ?? null) : null;
}

function isLike(one: LikeClicks & { readonly answer: string }, other: typeof one): boolean {
  return one.answer === other.answer && one.osVersion === other.osVersion && one.language === other.language;
}

/** @throws Failure `unavailable` when nobody can say now */
function untold(outcome: Exclude<FollowOutcome, 'opened'>): 'nothing' | 'closed' {
  if (outcome === 'unavailable') throw notNow();
  return outcome === 'refused' ? 'closed' : 'nothing';
}

/** Clocks of several machines differ, in either direction. */
function isRecent(clickId: string, now: number): boolean {
  const at = timeOfClick(clickId);
  return at !== undefined && Math.abs(now - at) < ON_ITS_WAY_MS;
}

function notNow(): Failure {
  return new Failure('unavailable', 'Clicks are still being counted; ask again in a moment.');
}
