/** What every success looks like. The time of the answer is documented for some routes; it is on all. */
export function success<Data extends object>(data: Data) {
  return { success: true, data, timestamp: utc(Date.now()) } as const;
}

/** In whole seconds, as documented: there are clients whose parser takes no fraction. */
export function utc(ms: number): string;
export function utc(ms: number | null): string | null;
export function utc(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
