/**
 * A field of RFC 4180. What spreadsheets would take for a formula begins with an apostrophe instead: values come from
 * whoever visits.
 */
export function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
