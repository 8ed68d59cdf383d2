import { createSecretKey, type KeyObject } from 'node:crypto';
import { Failure } from '../../errors.ts';
import type { Platform } from '../../links/link-app.ts';
import type { AppIdentity } from '../app-identity.ts';
import type { OpenedLink } from '../opened-link.ts';
import { clickIdOf, clickInReferrer, clickInUrl } from './click-mention.ts';
import { traitsOfApp } from './click-traits.ts';
import type { ClaimOutcome, DeferredClaim } from './deferred-claim.ts';
import {
  type DeferredClick,
  type DeferredStore,
  type LikeClicks,
  MOST_CANDIDATES,
} from './deferred-store.ts';
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
  /** What a clicked link means now; `note` counts the installation, once it is told. */
  followClick(
    click: { readonly linkId: number; readonly query: string },
    question: DeferredQuestion,
  ): Promise<
    | { readonly outcome: 'opened'; readonly link: OpenedLink; note(): Promise<void> }
    | { readonly outcome: Exclude<FollowOutcome, 'opened'> }
  >;
  isShortUrl(url: string): boolean;
  /** A short URL without a click: opened as any, and counted as an installation. */
  openUrl(
    url: string,
    question: DeferredQuestion,
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

type Found =
  | ({ readonly kind: 'click' } & FoundClick)
  | { readonly kind: 'url'; readonly url: string }
  /** The click is known, and somebody was told of it. */
  | { readonly kind: 'spent' }
  | { readonly kind: 'nothing' };

/** Between finding a click by its fingerprint and claiming it another device may have been told of it. */
const MOST_TRIES = 3;

/** Some SDKs say this instead of nothing. */
const NO_DEVICE = /^(?:|unknown|null|undefined|[0-]*)$/i;

/**
 * Tells an app that is opened for the first time which link it was installed for. A click that is named (by the store,
 * by the app, in the clipboard) is certain; only when none is named, the device's likeness to one that clicked decides.
 * Every device gets one answer, and every click goes to one device.
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
    if (device !== null && (await this.#parts.store.hasAsked(projectId, device))) return null;
    const caughtUp = await this.#parts.catchUp();
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const found = await this.#find(question, settings);
      if (found.kind === 'nothing' && !caughtUp) throw notNow();
      if (found.kind === 'url') return await this.#tellUrl(found.url, question, device);
      if (found.kind !== 'click') break;
      const followed = await this.#parts.links.followClick(found.click, question);
      if (followed.outcome === 'unavailable') throw notNow();
      if (followed.outcome !== 'opened') break;
      const { clickId, method, confidence } = found;
      const outcome = await this.#parts.claim({ projectId, device, clickId, at });
      if (outcome === 'repeated') return null;
      if (outcome === 'taken' && method === 'fingerprint') continue;
      if (outcome === 'taken') break;
      await followed.note();
      return { link: followed.link, clickId, method, confidence };
    }
    if (device !== null) await this.#parts.claim({ projectId, device, clickId: null, at });
    return null;
  }

  /** The device is answered first: what follows counts, and must not be counted for one that only repeats itself. */
  async #tellUrl(
    url: string,
    question: DeferredQuestion,
    device: string | null,
  ): Promise<DeferredMatch | null> {
    const { projectId, at } = question;
    if (device !== null) {
      const outcome = await this.#parts.claim({ projectId, device, clickId: null, at });
      if (outcome === 'repeated') return null;
    }
    const opened = await this.#parts.links.openUrl(url, question);
    if (opened.outcome !== 'opened') return null;
    return { link: opened.link, clickId: null, method: 'clipboard', confidence: 1 };
  }

  async #find(question: DeferredQuestion, settings: DeferredSettings): Promise<Found> {
    const { installReferrer, clickId, clipboardUrl } = question;
    const named = [
      ['install_referrer', installReferrer === null ? undefined : clickInReferrer(installReferrer)],
      ['click_id', clickId === null ? undefined : clickIdOf(clickId)],
      ['clipboard', clipboardUrl === null ? undefined : clickInUrl(clipboardUrl)],
    ] as const;
    for (const [method, id] of named) {
      const click = id === undefined ? undefined : await this.#findClick(id, question);
      if (!click) continue;
      if (click.isClaimed) return { kind: 'spent' };
      return { kind: 'click', click, clickId: click.clickId, method, confidence: 1 };
    }
    if (clipboardUrl !== null && this.#parts.links.isShortUrl(clipboardUrl)) {
      return { kind: 'url', url: clipboardUrl };
    }
    if (!settings.fingerprintMatching) return { kind: 'nothing' };
    return await this.#findByFingerprint(question, settings.windowMs);
  }

  #findClick(id: string, { projectId, at }: DeferredQuestion): Promise<DeferredClick | undefined> {
    return this.#parts.store.findClick(projectId, id, at);
  }

  async #findByFingerprint(question: DeferredQuestion, windowMs: number): Promise<Found> {
    const { projectId, platform, address, at } = question;
    const network = hashNetwork(this.#secret, projectId, address);
    const clicks = await this.#parts.store.listLikeClicks(projectId, network, platform, at - windowMs);
    if (clicks.length > MOST_CANDIDATES) return { kind: 'nothing' };
    const candidates = await this.#ofItsApps(clicks, question);
    const match = matchFingerprint(traitsOfApp(question.osVersion, question.language), candidates);
    if (!match) return { kind: 'nothing' };
    const { candidate: click, confidence } = match;
    return { kind: 'click', click, clickId: click.clickId, method: 'fingerprint', confidence };
  }

  /** Without the clicks on links that are gone, or that open other apps than may be told of. */
  async #ofItsApps(clicks: readonly LikeClicks[], question: DeferredQuestion) {
    const outcomes = new Map<string, FollowOutcome>();
    const candidates: (LikeClicks & { readonly answer: string })[] = [];
    for (const click of clicks) {
      const answer = `${click.linkId} ${click.query}`;
      const outcome = outcomes.get(answer) ?? (await this.#parts.links.followClick(click, question)).outcome;
      outcomes.set(answer, outcome);
      if (outcome === 'unavailable') throw notNow();
      if (outcome !== 'unknown' && outcome !== 'otherApp') candidates.push({ ...click, answer });
    }
    return candidates;
  }
}

function notNow(): Failure {
  return new Failure('unavailable', 'Clicks are still being counted; ask again in a moment.');
}
