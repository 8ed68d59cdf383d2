import { expect, test } from 'vitest';
import { FACT_COLUMNS, FactFlag } from '../../src/clicks/blocks/fact.ts';
import { ClickFlag } from '../../src/clicks/click-record.ts';
import { preferredLanguage } from '../../src/clicks/ingest/language.ts';
import { readUserAgent } from '../../src/clicks/ingest/user-agent.ts';
import { visitorOf } from '../../src/visits/visitor-class.ts';
import { GeneratedClicks } from './generated-clicks.ts';

const CLICKS = 300_000;
const endAt = Date.UTC(2026, 10, 21);
const generated = new GeneratedClicks({ clicks: CLICKS, endAt, ordinaryLinks: 20_000 });
const { at, facts } = generated.facts(0, CLICKS);

function shareOf(holds: (row: number) => boolean): number {
  let rows = 0;
  for (let row = 0; row < CLICKS; row++) if (holds(row)) rows++;
  return rows / CLICKS;
}

const is = (column: keyof typeof facts, code: number) => shareOf((row) => facts[column][row] === code);
const flagged = (flag: number) => shareOf((row) => ((facts.flags[row] as number) & flag) !== 0);

test('clicks come in order, over four hundred days, and more of them every day', () => {
  expect(at.every((instant, row) => row === 0 || instant >= (at[row - 1] as number))).toBe(true);
  expect(endAt - (at[0] as number)).toBeGreaterThan(399 * 86_400_000);
  expect(endAt - (at.at(-1) as number)).toBeGreaterThan(0);
  expect(endAt - (at.at(-1) as number)).toBeLessThan(3_600_000);
  expect(shareOf((row) => (at[row] as number) > endAt - 30 * 86_400_000)).toBeGreaterThan(0.09);
});

test('shares are what the plan says', () => {
  expect(is('link', generated.links.busyLink)).toBeCloseTo(0.12, 2);
  expect(is('country', generated.vocabulary.codeOf('country', 'KR'))).toBeCloseTo(0.7, 1);
  expect(is('device', generated.vocabulary.codeOf('device', 'mobile'))).toBeGreaterThan(0.6);
  expect(is('utmCampaign', 0)).toBeCloseTo(0.65, 2);
  expect(flagged(FactFlag.qr)).toBeCloseTo(0.12, 2);
  expect(flagged(FactFlag.crawler)).toBeCloseTo(0.06, 2);
  expect(flagged(FactFlag.automated)).toBeCloseTo(0.03, 2);
  expect(flagged(FactFlag.repeat)).toBeCloseTo(0.018, 2);
  expect(new Set(facts.country).size).toBeGreaterThan(140);
  expect(new Set(facts.referrer).size).toBeGreaterThan(1_500);
});

test('four of ten clicks on a link are of visitors it had not seen', () => {
  const seen = new Set<string>();
  const firsts = shareOf((row) => {
    const key = `${facts.link[row]} ${facts.visitorHigh[row]} ${facts.visitorLow[row]}`;
    return !seen.has(key) && seen.add(key).size > 0;
  });
  expect(firsts).toBeGreaterThan(0.33);
  expect(firsts).toBeLessThan(0.47);
});

test('any part made alone is the same', () => {
  const part = generated.facts(123_456, 124_456).facts;
  for (const column of FACT_COLUMNS) expect(part[column]).toEqual(facts[column].slice(123_456, 124_456));
});

test('records say the same as facts', () => {
  generated.records(70_000, 71_000).forEach((record, index) => {
    const row = 70_000 + index;
    const code = generated.vocabulary.codeOf.bind(generated.vocabulary);
    expect(record.at).toBe(at[row]);
    expect(record.linkId).toBe(facts.link[row]);
    expect(record.groupId ?? 0).toBe(facts.group[row]);
    expect(code('language', preferredLanguage(record.language))).toBe(facts.language[row]);
    expect(code('referrer', URL.parse(record.referrer)?.hostname ?? '')).toBe(facts.referrer[row]);
    const utm = new Map(record.utm ?? []);
    expect(code('utmCampaign', utm.get('campaign') ?? '')).toBe(facts.utmCampaign[row]);
    const { visitor } = visitorOf(record.userAgent);
    expect((record.flags & ClickFlag.automated) !== 0).toBe(visitor === 'automated');
    if (visitor === 'person')
      expect(code('browser', readUserAgent(record.userAgent).browser)).toBe(facts.browser[row]);
    expect(record.id).toMatch(/^[0-9a-f]{32}$/);
  });
});
