import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawClick } from '../../clicks/raw-clicks.ts';
import { visitorPseudonyms } from '../../clicks/visitor-pseudonym.ts';
import { clickCursor, rowBeforeCursor } from './click-cursor.ts';
import { acceptedFormat, CLICK_FORMATS, rawClick, rawClickToApi } from './click-format.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });
const anyClick: fc.Arbitrary<RawClick> = fc.record({
  row: fc.nat(),
  clickId: fc.stringMatching(/^[0-9a-f]{32}$/),
  at: fc.nat(4_000_000_000_000),
  link: fc.option(fc.stringMatching(/^lnk_[a-z]{4}$/)),
  code: fc.option(text),
  group: fc.option(fc.stringMatching(/^grp_[a-z]{4}$/)),
  country: fc.constantFrom('', 'KR'),
  region: text,
  city: text,
  device: text,
  os: text,
  browser: text,
  language: text,
  referrer: text,
  utm: fc.option(fc.record({ source: text, term: text }, { requiredKeys: [] })),
  flags: fc.nat(511),
  visitor: fc.stringMatching(/^[0-9a-f]{16}$/),
});
const pseudonymOf = visitorPseudonyms('00'.repeat(32), 1);

describe('a raw click as clients get it', () => {
  it('is one line of JSON, as documented', () => {
    fc.assert(
      fc.property(anyClick, (click) => {
        const given = rawClickToApi(click, pseudonymOf);
        const line = CLICK_FORMATS.ndjson.line(given);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(rawClick.strict().parse(JSON.parse(line))).toEqual(given);
        expect(line).not.toContain(click.visitor);
      }),
    );
  });

  it('is one row of CSV in which no field is a formula', () => {
    fc.assert(
      fc.property(anyClick, (click) => {
        const row = CLICK_FORMATS.csv.line(rawClickToApi(click, pseudonymOf));
        expect(row.endsWith('\r\n')).toBe(true);
        const fields = [...row.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/g)];
        expect(fields).toHaveLength(Object.keys(rawClick.shape).length);
        for (const [, quoted, plain = ''] of fields)
          expect((quoted ?? plain).charAt(0)).not.toMatch(/[=+\-@\t\r]/);
      }),
    );
  });
});

describe('the cursor of clicks', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.nat(), (row) => {
        expect(rowBeforeCursor(clickCursor(row), 'cursor')).toBe(row);
      }),
    );
  });

  it('is told from any other text', () => {
    for (const wrong of [
      'x',
      '7',
      Buffer.from('v1:7').toString('base64url'),
      Buffer.from('click:-1').toString('base64url'),
    ]) {
      expect(() => rowBeforeCursor(wrong, 'cursor')).toThrow('cursor: is not a cursor of clicks');
    }
    expect(rowBeforeCursor('', 'cursor')).toBeUndefined();
  });
});

describe('the pseudonym of a visitor', () => {
  it('is the same in one project, and another in every other project and installation', () => {
    const visitor = '0123456789abcdef';
    const all = [
      visitorPseudonyms('00'.repeat(32), 1)(visitor),
      visitorPseudonyms('00'.repeat(32), 2)(visitor),
      visitorPseudonyms('01'.repeat(32), 1)(visitor),
    ];
    expect(new Set(all).size).toBe(3);
    expect(visitorPseudonyms('00'.repeat(32), 1)(visitor)).toBe(all[0]);
  });
});

describe('the format', () => {
  it.each([
    [undefined, 'ndjson'],
    ['*/*', 'ndjson'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; q=0.5', 'csv'],
    ['application/json, text/csv', 'csv'],
    ['application/x-ndjson, text/csv', 'ndjson'],
    ['text/csvx', 'ndjson'],
  ])('for Accept: %s is %s', (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format);
  });
});
