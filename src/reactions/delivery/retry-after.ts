const LONGEST_MS = 24 * 60 * 60_000;

/**
 * How long a receiver asks to be left alone: whole seconds or an HTTP date (RFC 9110, section 10.2.3), a day at most.
 *
 * @returns milliseconds from now; undefined when it says nothing that can be followed
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : instantOf(text) - now;
  return wait > 0 ? Math.min(wait, LONGEST_MS) : undefined;
}

/** NaN for what is no HTTP date: `Date.parse` alone takes much that is none. */
function instantOf(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
