/** Text that others have written, for one line of a terminal: nothing in it moves the cursor or hides what follows. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}
