const LONGEST = 80;

/** Line breaks, control characters, and what turns the direction of writing; joiners are letters' business. */
const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\s]+|(?![\u200c\u200d])\p{Cf}/gu;

/**
 * What clients have named something, made fit for a subject or a notification: one line, and not longer than two.
 *
 * @param longest in letters
 */
export function plainLine(text: string, longest = LONGEST): string {
  const clean = text
    .slice(0, 10 * longest)
    .toWellFormed()
    .replace(UNREADABLE, ' ')
    .trim();
  const letters = [...clean];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : clean;
}
