import { z } from 'zod';
import { isLocalDay, type LocalDay } from '../../accounts/local-day.ts';
import { name, optional, type Rule, required, Wrong } from './field-rules.ts';
import { groupNumber } from './link-schema.ts';
import { pages } from './list-page.ts';

/** Of the groups one call can name. */
const MOST_GROUPS = 100;

/** `2026-03-31`, a day that some calendar has. */
export const localDay: Rule<LocalDay> = (value) =>
  typeof value === 'string' && isLocalDay(value) ? value : new Wrong('notLocalDay');

/** `151` or `151,207,209`; 0 is none. Each once, in the order they were named. */
const groupNumbers: Rule<readonly number[]> = (value) => {
  const texts = String(value).split(',');
  if (texts.length > MOST_GROUPS) return new Wrong('tooManyGroups', { max: MOST_GROUPS });
  const numbers = texts.map((text) => groupNumber(/^ *\d{1,15} *$/.test(text) ? Number(text) : text));
  const wrong = numbers.find((number) => number instanceof Wrong);
  return wrong ?? [...new Set(numbers as number[])].filter((number) => number !== 0);
};

/** The documents have both spellings. */
const group = { grpIdx: optional(groupNumber), groupIdx: optional(groupNumber) };
const scope = { linkId: optional(name), domain: optional(name), ...group };
const days = { startYmd: required(localDay), endYmd: required(localDay) };

export type ScopeQuery = z.output<z.ZodObject<typeof scope>>;

export const clicksByDateQuery = z.object({ ...scope, ...days });

/** Before there were groups in it: of one link. */
export const linkClicksByDateQuery = z.object({
  linkId: required(name),
  domain: required(name),
  ...days,
});

export const clicksByHourQuery = z.object({ ...scope, ymd: required(localDay) });

export const clicksByGroupQuery = z.object({
  ymd: required(localDay),
  grpIdx: optional(groupNumbers),
  grpIdxList: optional(groupNumbers),
  groupIdx: optional(groupNumbers),
  pages,
});
