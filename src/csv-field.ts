/**
 * A field of RFC 4180, on one line. Values come from whoever visits, so what spreadsheets would take for a formula, also
 * after spaces and with full-width signs, gets an apostrophe before it (OWASP, "CSV Injection"), and control characters
 * become spaces: a line break would let a formula begin a line for readers who do not know quotes. Semicolons are quoted
 * because spreadsheets of many countries separate fields by them.
 */
export function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const plain = value.toWellFormed().replace(/\p{Cc}+/gu, ' ');
  const harmless = /^[\s\p{Cf}]*[=+\-@＝＋－＠|%]/u.test(plain) ? `'${plain}` : plain;
  return /[",;]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
