import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../languages.ts';
import { describeOpeningTime } from './opening-time.ts';

const NINE_IN_SEOUL = Date.parse('2026-12-01T00:00:00Z');

describe('describeOpeningTime', () => {
  it('speaks the language of the visitor in the zone of the project', () => {
    // ICU puts a narrow no-break space before AM.
    const english = describeOpeningTime(NINE_IN_SEOUL, 'Asia/Seoul', 'en');
    expect(english?.date).toBe('Tuesday, December 1, 2026');
    expect(english?.time).toMatch(/^9:00\sAM$/);
    expect(english?.zone).toBe('Korean Standard Time');
    expect(english?.iso).toBe('2026-12-01T00:00:00.000Z');
    expect(describeOpeningTime(NINE_IN_SEOUL, 'Asia/Seoul', 'ko')).toMatchObject({
      date: '2026년 12월 1일 화요일',
      time: '오전 9:00',
      zone: '한국 표준시',
    });
    expect(describeOpeningTime(NINE_IN_SEOUL, 'Asia/Seoul', 'ja')).toMatchObject({
      date: '2026年12月1日火曜日',
      time: '9:00',
      zone: '韓国標準時',
    });
  });

  it('never shows a minute at which the link is still closed', () => {
    expect(describeOpeningTime(NINE_IN_SEOUL + 1, 'Asia/Seoul', 'ko')?.time).toBe('오전 9:01');
  });

  it('names the zone as it is at that instant, summer time included', () => {
    expect(describeOpeningTime(Date.parse('2026-07-01T00:00:00Z'), 'America/New_York', 'en')?.zone).toBe(
      'Eastern Daylight Time',
    );
  });

  it('reads an unknown zone as UTC', () => {
    expect(describeOpeningTime(NINE_IN_SEOUL, 'Mars/Olympus', 'en')?.zone).toBe('Coordinated Universal Time');
  });

  it('never throws, whatever the instant', () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom(...LANGUAGES), (startsAt, language) => {
        const opening = describeOpeningTime(startsAt, 'Asia/Kathmandu', language);
        if (opening) expect(Date.parse(opening.iso)).toBeGreaterThanOrEqual(Math.trunc(startsAt));
      }),
    );
    expect(describeOpeningTime(Number.NaN, 'Asia/Seoul', 'en')).toBeUndefined();
    expect(describeOpeningTime(Number.POSITIVE_INFINITY, 'Asia/Seoul', 'en')).toBeUndefined();
  });
});
