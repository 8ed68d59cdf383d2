import type { Traits } from './click-traits.ts';

/** Clicks from the network and on the platform of the asking app, which led to one answer and came from like devices. */
export interface Candidate extends Traits {
  /** The newest of them. */
  readonly clickId: string;
  /** Equal for clicks that lead to the same place. */
  readonly answer: string;
}

export interface FingerprintMatch<Click extends Candidate> {
  readonly candidate: Click;
  /** 0.5 to 0.9. */
  readonly confidence: number;
}

/** In tenths, so that sums are exact. */
const SAME_NETWORK_AND_PLATFORM = 5;
const SAME_VERSION = 2;
const SAME_LANGUAGE = 1;
const SAME_REGION = 1;

/**
 * Which click an app that was just installed came from, by what devices have in common; null when nothing speaks for one
 * answer alone. Two answers that fit equally well are none: better no link than somebody else's.
 *
 * Several clicks that lead to the same place are no doubt about the place, whoever made them: the newest is taken.
 */
export function matchFingerprint<Click extends Candidate>(
  asked: Traits,
  candidates: readonly Click[],
): FingerprintMatch<Click> | null {
  let best: Click | undefined;
  let bestTenths = 0;
  let isAmbiguous = false;
  for (const candidate of candidates) {
    const tenths = likeness(asked, candidate);
    if (tenths === null || tenths < bestTenths) continue;
    if (best === undefined || tenths > bestTenths) {
      best = candidate;
      bestTenths = tenths;
      isAmbiguous = false;
    } else if (candidate.answer !== best.answer) {
      isAmbiguous = true;
    } else if (candidate.clickId > best.clickId) {
      best = candidate;
    }
  }
  return best === undefined || isAmbiguous ? null : { candidate: best, confidence: bestTenths / 10 };
}

/** Null when it was another device. What is not known on both sides says nothing. */
function likeness(asked: Traits, clicked: Traits): number | null {
  const [version, clickedVersion] = [asked.osVersion, clicked.osVersion];
  if (version !== '' && clickedVersion !== '' && version !== clickedVersion) return null;
  let tenths = SAME_NETWORK_AND_PLATFORM;
  if (version !== '' && clickedVersion !== '') tenths += SAME_VERSION;
  const [language, clickedLanguage] = [asked.language, clicked.language];
  if (language === '' || primary(language) !== primary(clickedLanguage)) return tenths;
  tenths += SAME_LANGUAGE;
  return language === clickedLanguage ? tenths + SAME_REGION : tenths;
}

function primary(language: string): string {
  return language.split('-', 1)[0] ?? '';
}
