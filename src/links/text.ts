/**
 * What is wrong with a text somebody wants kept, or undefined. Line breaks and tabs are fine; other control
 * characters and broken Unicode are not (PostgreSQL cannot store some of them, headers cannot carry others).
 */
export function textProblem(
  value: string,
  { min = 0, max }: { min?: number; max: number },
): string | undefined {
  if (value.length < min || value.length > max) {
    return min > 0 ? `must have ${min} to ${max} characters` : `must have at most ${max} characters`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)) return 'must not contain control characters';
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  return undefined;
}
