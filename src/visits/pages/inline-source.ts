import { createHash } from 'node:crypto';

/** How a Content-Security-Policy names a style or script that stands in the page itself: by what is in it. */
export function inlineSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}
