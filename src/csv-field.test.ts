import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvField } from './csv-field.ts';

test.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['a;b', '"a;b"'],
  ['a\r\nb', 'a b'],
  ['', ''],
  ['KR', 'KR'],
  ['가을 세일', '가을 세일'],
  ['=1+1', "'=1+1"],
  ['+82', "'+82"],
  ['-x', "'-x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ['\t=1', "' =1"],
  ['\r=1', "' =1"],
  [' =1+1', "' =1+1"],
  ['\u00a0=1', "'\u00a0=1"],
  ['\ufeff=1', "'\ufeff=1"],
  ['\u200b=1', "'\u200b=1"],
  ['＝1+1', "'＝1+1"],
  ['＋1', "'＋1"],
  ['－1', "'－1"],
  ['＠SUM(A1)', "'＠SUM(A1)"],
  ['|cmd', "'|cmd"],
  ['%0a', "'%0a"],
])('%j is written %j', (value, field) => {
  expect(csvField(value)).toBe(field);
});

test('numbers are numbers, whatever their sign', () => {
  expect([-1, 0, 42].map(csvField)).toEqual(['-1', '0', '42']);
});

test('whatever a value is, a reader finds it again, and no spreadsheet a formula', () => {
  const value = fc.string({
    unit: fc.constantFrom('a', ',', ';', '"', ' ', '\r', '\n', '=', '+', '-', '@', '＝', '\t', '가'),
  });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 2 }), (values) => {
      const fields = parseLine(values.map(csvField).join(','));
      expect(fields.map((field) => (field.startsWith("'") ? field.slice(1) : field))).toEqual(
        values.map((one) => one.replace(/[\r\n\t]+/g, ' ')),
      );
      for (const field of fields) expect(field).not.toMatch(/^\s*[=+\-@＝]/);
    }),
  );
});

test('any text is one field of one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const field = csvField(text);
      expect(field).toMatch(/^(?:[^",;\r\n]*|"(?:[^"\r\n]|"")*")$/u);
      expect(field.replace(/^"/, '')).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
    }),
  );
});

function parseLine(line: string): string[] {
  const fields = [''];
  let quoted = false;
  for (const [at, character] of [...line].entries()) {
    if (character === '"') {
      // Two in a row, inside, are one that is meant.
      if (!quoted && line[at - 1] === '"') fields.push(`${fields.pop()}"`);
      quoted = !quoted;
    } else if (character === ',' && !quoted) fields.push('');
    else fields.push(fields.pop() + character);
  }
  return fields;
}
