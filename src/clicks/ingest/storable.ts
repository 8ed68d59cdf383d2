/**
 * PostgreSQL's text refuses NUL and half surrogate pairs, and one refused click would hold up all behind it: a visitor
 * must not be able to write one.
 */
export function storable(text: string, maxLength: number): string {
  return text.replaceAll('\0', '').slice(0, maxLength).toWellFormed();
}
