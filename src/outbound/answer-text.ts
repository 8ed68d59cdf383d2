/**
 * What was answered, as text that a database takes: what is not UTF-8, and NUL, is U+FFFD. A character that was cut at
 * the end is left out.
 */
export function answerText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '\ufffd');
}
