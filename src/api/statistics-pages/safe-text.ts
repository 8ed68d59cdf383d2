const LONGEST = 80;

/** Line breaks, control characters, and what turns the direction of writing; joiners are letters' business. */
const UNREADABLE = /[\p{Cc}\s]+|(?![\u200c\u200d])\p{Cf}/gu;

/** Text that strangers chose, made fit to be read: on one line, and not longer than two. */
export function readableText(text: string): string {
  const clean = text
    .slice(0, 10 * LONGEST)
    .toWellFormed()
    .replace(UNREADABLE, ' ')
    .trim();
  const letters = [...clean];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : clean;
}
