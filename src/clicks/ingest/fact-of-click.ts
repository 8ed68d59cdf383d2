import {
  type Fact,
  FactFlag,
  NO_VALUE,
  OTHER_VALUE,
  quarterOf,
  TAKEN_BACK,
  TEXT_DIMENSIONS,
  type TextDimension,
} from '../blocks/fact.ts';
import { ClickFlag, FIRST_FOLDED_FLAG } from '../click-record.ts';
import type { Codes } from './dictionary.ts';
import { type KnownClick, textsOf } from './known-click.ts';

/**
 * The click with the flags that say which of its texts have no code. They stay as they are, even should a text get one
 * later: so every way to the facts of a click gives the same.
 */
export function withFolded<Click extends KnownClick>(click: Click, projectId: number, codes: Codes): Click {
  const texts = textsOf(click);
  let { flags } = click;
  for (const [index, dimension] of TEXT_DIMENSIONS.entries()) {
    const text = texts[dimension];
    if (text !== '' && codes.codeOf(projectId, dimension, text) === OTHER_VALUE)
      flags |= FIRST_FOLDED_FLAG << index;
  }
  return flags === click.flags ? click : { ...click, flags };
}

/** @param weight -1 takes back the fact that was made of the click as it was */
export function factOf(click: KnownClick, projectId: number, codes: Codes, weight: 1 | -1 = 1): Fact {
  const texts = textsOf(click);
  const code = (dimension: TextDimension) => {
    if (texts[dimension] === '') return NO_VALUE;
    const folded = click.flags & (FIRST_FOLDED_FLAG << TEXT_DIMENSIONS.indexOf(dimension));
    return folded ? OTHER_VALUE : codes.codeOf(projectId, dimension, texts[dimension]);
  };
  return {
    quarter: quarterOf(click.at),
    link: click.linkId,
    group: click.groupId ?? 0,
    route: click.routeId,
    flags: factFlags(click.flags),
    weight: weight === 1 ? 1 : TAKEN_BACK,
    visitorHigh: Number.parseInt(click.visitor.slice(0, 8), 16),
    visitorLow: Number.parseInt(click.visitor.slice(8), 16),
    country: code('country'),
    region: code('region'),
    city: code('city'),
    device: code('device'),
    os: code('os'),
    browser: code('browser'),
    language: code('language'),
    referrer: code('referrer'),
    utmSource: code('utmSource'),
    utmMedium: code('utmMedium'),
    utmCampaign: code('utmCampaign'),
    utmTerm: code('utmTerm'),
    utmContent: code('utmContent'),
  };
}

function factFlags(flags: number): number {
  return (
    (flags & ClickFlag.qr ? FactFlag.qr : 0) |
    (flags & ClickFlag.crawler ? FactFlag.crawler : 0) |
    (flags & ClickFlag.automated ? FactFlag.automated : 0) |
    (flags & ClickFlag.repeat ? FactFlag.repeat : 0) |
    (flags & ClickFlag.newThisHour ? FactFlag.newThisHour : 0) |
    (flags & ClickFlag.newToday ? FactFlag.newToday : 0) |
    (flags & ClickFlag.newEver ? FactFlag.newEver : 0)
  );
}
