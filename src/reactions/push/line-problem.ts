import { textProblem } from '../../links/text.ts';

/** Overrides and isolates of the direction of writing, with which a text can pretend to be another. */
const REORDERS = /[\u202a-\u202e\u2066-\u2069]/g;
const ENDS_LINE = /[\t-\r\u0080-\u009f\u2028\u2029]/;

/**
 * What is wrong with a text of one line that is shown beside others, such as the title of a notification; undefined when
 * nothing is. Where lines begin and in which direction they run is for whoever shows it to say.
 */
export function lineProblem(value: string, size: { min?: number; max: number }): string | undefined {
  const problem = textProblem(value, size);
  if (problem !== undefined) return problem;
  if (ENDS_LINE.test(value)) return 'must be one line, without tabs';
  return value.search(REORDERS) < 0 ? undefined : 'must not contain marks that turn the direction of writing';
}

/** The text without such marks, for what was written elsewhere. */
export function withoutReordering(text: string): string {
  return text.replace(REORDERS, '');
}
