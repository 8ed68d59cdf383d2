import { expect, test } from 'vitest';
import { ImportReport } from './import-report.ts';
import { OperatorError } from './operator-error.ts';

test('a report of which a row cannot be written says so in a sentence', () => {
  const report = new ImportReport('/dev/full', import.meta.filename);
  // A device has no headings after the beginning.
  expect(report.begin(1)).toBe(1);
  const row = { number: 2, outcome: 'created', shortUrl: null, destination: '', reasons: [] } as const;
  expect(() => report.row(row)).toThrow(OperatorError);
  report.close();
});
