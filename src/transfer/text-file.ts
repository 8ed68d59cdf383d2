import { isUtf8 } from 'node:buffer';
import { SourceError } from './source.ts';

/**
 * Looks at how a file begins.
 *
 * @throws SourceError when it is no text, or a text of quite another kind; it says what to do
 */
export function requireText(first: Buffer): void {
  const problem = first.length === 0 ? 'The file is empty.' : (bytesProblem(first) ?? textProblem(first));
  if (problem !== undefined) throw new SourceError(problem);
}

/** In what the archives of Excel begin with, those that LibreOffice writes for it, and LibreOffice's own. */
const WORKBOOK = /\[Content_Types\]\.xml|_rels\/\.rels|opendocument\.spreadsheet/;

function bytesProblem(first: Buffer): string | undefined {
  const starts = (...codes: readonly number[]) => codes.every((code, index) => first[index] === code);
  const isZip = starts(0x50, 0x4b);
  const isWorkbook = isZip && WORKBOOK.test(first.toString('latin1'));
  if (isWorkbook || starts(0xd0, 0xcf, 0x11, 0xe0))
    return 'The file is an Excel workbook, or another program’s. Save it as "CSV UTF-8" and import that.';
  if (isZip || starts(0x1f, 0x8b)) return 'The file is an archive. Unpack it and import what is in it.';
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff)) return 'The file is UTF-16. Save it as UTF-8.';
  return isBinary(first.subarray(0, 4_096)) ? 'The file is no text.' : undefined;
}

/** Dumps begin with a comment or with a statement; no table and no JSON does. */
const SQL =
  /^(--(\s|$)|\/\*|(insert\s+into|(create|drop|lock)\s+tables?|start\s+transaction|pragma)\b|begin\s*;\s*\n|set\s+\S+\s*=)/i;
const WEB_PAGE = /^<(!doctype|html|head|body|meta|script)\b/i;

function textProblem(first: Buffer): string | undefined {
  const start = first
    .subarray(0, 1_000)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (WEB_PAGE.test(start)) return 'The file is a web page, perhaps a login page, and no export.';
  if (SQL.test(start))
    return 'The file is SQL. Export the table as CSV, with the names of its columns in the first row.';
  return undefined;
}

/** A zero or two can get into a text; into one of two bytes a character many. */
function isBinary(start: Buffer): boolean {
  const zeros = start.filter((byte) => byte === 0).length;
  if (zeros === 0) return false;
  // Its last character may be cut.
  const isText = [0, 1, 2, 3].some((cut) => isUtf8(start.subarray(0, start.length - cut)));
  return !isText || zeros * 4 > start.length;
}
