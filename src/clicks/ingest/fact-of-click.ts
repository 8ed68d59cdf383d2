import { type Fact, FactFlag, NO_VALUE, quarterOf, TAKEN_BACK, type TextDimension } from '../blocks/fact.ts';
import { ClickFlag } from '../click-record.ts';
import { type Codes, dayOf } from './dictionary.ts';
import { type KnownClick, textsOf } from './known-click.ts';

/** @param weight -1 takes back the fact that was made of the click as it was */
export function factOf(click: KnownClick, projectId: number, codes: Codes, weight: 1 | -1 = 1): Fact {
  const texts = textsOf(click);
  const day = dayOf(click);
  const code = (dimension: TextDimension) =>
    texts[dimension] === '' ? NO_VALUE : codes.codeOf(projectId, dimension, texts[dimension], day);
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
