import { optional, wholeNumber } from './field-rules.ts';

export const ROWS_PER_PAGE = 30;
/** Far beyond what anybody turns over, and what any database counts to. */
const LAST_PAGE = 1_000_000;

export const pages = optional(wholeNumber(1, LAST_PAGE));

export function offsetOf(page: number): number {
  return (page - 1) * ROWS_PER_PAGE;
}

/** The wrapper of lists. `nextPages` is the page itself where there is none after it. */
export function listPage<T>(page: number, totalCount: number, list: readonly T[]) {
  const isLast = offsetOf(page) + list.length >= totalCount || list.length === 0;
  return {
    extra: {
      pages: page,
      nextPages: isLast ? page : page + 1,
      nextYn: isLast ? 'N' : 'Y',
      count: list.length,
      totalCount,
    },
    list,
  };
}
