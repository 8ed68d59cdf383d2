import { expect, test } from 'vitest';
import { figuresCsv } from './statistics-csv.ts';

const FIGURES = {
  clicks: 3,
  visitors: 2,
  hourlyVisitors: 3,
  dailyVisitors: 2,
  newVisitors: 1,
  qrScans: 0,
  repeats: 1,
  automated: 0,
  crawlers: 4,
};

test('a table has a row of names, and lines end as RFC 4180 says', () => {
  expect(figuresCsv(['country', 'name'], [{ labels: ['KR', ''], figures: FIGURES }], true)).toBe(
    'country,name,clicks,visitors,hourlyVisitors,dailyVisitors,newVisitors,qrScans,repeats,automated,crawlers\r\n' +
      'KR,,3,2,3,2,1,0,1,0,4\r\n',
  );
  expect(figuresCsv(['country'], [], false)).not.toContain(',visitors');
});
