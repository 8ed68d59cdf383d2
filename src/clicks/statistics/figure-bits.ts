import { FactFlag, FLAG_COMBINATIONS } from '../blocks/fact.ts';
import type { Figures, Inclusion, Traffic } from './question.ts';

/** The figures that one pass over flags counts, in the order of their bits. */
export const COUNTED_FIGURES = [
  'clicks',
  'hourlyVisitors',
  'dailyVisitors',
  'newVisitors',
  'qrScans',
  'repeats',
  'automated',
  'crawlers',
] as const satisfies readonly (keyof Figures)[];

export const CLICK_BIT = 1;

/** Of each flag byte, the figures to which such a row adds; 0 where a filter leaves it out. */
export type FigureBits = Uint8Array;

type FlagTraffic = Pick<Traffic, 'crawlers' | 'automated' | 'repeats'>;

/** @param passes what filters say of a flag byte */
export function figureBits(traffic: FlagTraffic, passes: (flags: number) => boolean): FigureBits {
  return Uint8Array.from({ length: FLAG_COMBINATIONS }, (_, flags) =>
    passes(flags) ? bitsOf(flags, traffic) : 0,
  );
}

function bitsOf(flags: number, traffic: FlagTraffic): number {
  const has = (flag: number) => (flags & flag) !== 0;
  const crawler = has(FactFlag.crawler);
  const automated = !crawler && has(FactFlag.automated);
  const repeat = has(FactFlag.repeat);
  const click =
    admits(traffic.crawlers, crawler) &&
    admits(traffic.automated, automated) &&
    admits(traffic.repeats, repeat);
  const adds: Record<(typeof COUNTED_FIGURES)[number], boolean> = {
    clicks: click,
    hourlyVisitors: click && has(FactFlag.newThisHour),
    dailyVisitors: click && has(FactFlag.newToday),
    newVisitors: click && has(FactFlag.newEver),
    qrScans: click && has(FactFlag.qr),
    repeats: repeat,
    automated,
    crawlers: crawler,
  };
  return COUNTED_FIGURES.reduce((bits, name, index) => bits | (adds[name] ? 1 << index : 0), 0);
}

function admits(inclusion: Inclusion, is: boolean): boolean {
  return inclusion === 'include' || (inclusion === 'only') === is;
}
