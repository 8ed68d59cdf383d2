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

/** What an app says when it is opened for the first time. Everything but the platform may be missing. */
export interface DeferredQuestion {
  readonly projectId: number;
  readonly platform: Platform;
  /** Stays the same as long as the app is installed. */
  readonly deviceId: string | null;
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

export type MatchMethod = 'install_referrer' | 'click_id' | 'clipboard' | 'fingerprint';

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
   * @param isItsOwn the click is the asker's beyond doubt, so that a password of the link has been given
   */
  followClick(
    click: { readonly linkId: number; readonly query: string },
    question: DeferredQuestion,
    isItsOwn: boolean,
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
}

export interface DeferredSettings {
  /** For how long after a click a fingerprint may find it. */
  readonly windowMs: number;
  readonly fingerprintMatching: boolean;
}

interface FoundClick {
  readonly click: { readonly linkId: number; readonly query: string };
  readonly clickId: string;
  readonly method: MatchMethod;
  readonly confidence: number;
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
 * Every device is told once, and every click goes to one device.
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
      deviceId === null || NO_DEVICE.test(deviceId) ? null : hashDevice(this.#secret, projectId, deviceId);
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
      if (told !== 'nothing' || named.method !== 'clipboard') return told;
    }
    const { clipboardUrl } = asking.question;
    if (clipboardUrl !== null && this.#parts.links.isShortUrl(clipboardUrl)) {
      const told = await this.#tellUrl(withoutClick(clipboardUrl), asking);
      if (told !== 'nothing') return told;
    }
    return await this.#tellLike(asking);
  }

  async #tellClick(found: FoundClick, { question, device }: Asking): Promise<Told | 'taken'> {
    const { clickId, method, confidence } = found;
    const { projectId, at } = question;
    const followed = await this.#parts.links.followClick(found.click, question, method !== 'fingerprint');
    if (followed.outcome !== 'opened') return untold(followed.outcome);
    const outcome = await this.#parts.claim({ projectId, device, clickId, at });
    if (outcome !== 'claimed') return outcome;
    await followed.note();
    return { link: followed.link, clickId, method, confidence };
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
    const opened = await this.#parts.links.openUrl(url, question, device !== null);
    if (opened.outcome !== 'opened') return untold(opened.outcome);
    return { link: opened.link, clickId: null, method: 'clipboard', confidence: 1 };
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
    const { projectId, installReferrer, clickId, clipboardUrl, at } = question;
    const { store } = this.#parts;
    const named = [
      ['install_referrer', installReferrer === null ? undefined : clickInReferrer(installReferrer)],
      ['click_id', clickId === null ? undefined : clickIdOf(clickId)],
      ['clipboard', clipboardUrl === null ? undefined : clickInUrl(clipboardUrl)],
    ] as const;
    let isOnItsWay = false;
    for (const [method, id] of named) {
      if (id === undefined) continue;
      // In this order: it may come in between.
      const isHere = !isRecent(id, at) || (await store.hasClick(id));
      const click = await store.findClick(projectId, id, at);
      if (click?.isClaimed) return 'spent';
      if (click) return { click, clickId: click.clickId, method, confidence: 1 };
      isOnItsWay ||= !isHere;
    }
    if (isOnItsWay) throw notNow();
    return undefined;
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
    return { click, clickId: click.clickId, method: 'fingerprint', confidence };
  }

  /** Without the clicks on links that are gone, or that open other apps than may be told of. */
  async #ofItsApps(clicks: readonly LikeClicks[], question: DeferredQuestion) {
    const outcomes = new Map<string, FollowOutcome>();
    const candidates: (LikeClicks & { readonly answer: string })[] = [];
    for (const click of clicks) {
      const answer = `${click.linkId} ${click.query}`;
      const outcome =
        outcomes.get(answer) ?? (await this.#parts.links.followClick(click, question, false)).outcome;
      outcomes.set(answer, outcome);
      if (outcome === 'unavailable') throw notNow();
      if (outcome !== 'unknown' && outcome !== 'otherApp') candidates.push({ ...click, answer });
    }
    return candidates;
  }
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
