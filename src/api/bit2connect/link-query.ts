import { z } from 'zod';
import { canBeFound } from '../../db/dialect.ts';
import { blank, oneOf, text } from './request-input.ts';

const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 50;

/** What stands in a query is text; nothing in it is as if it were absent. */
function number(max: number) {
  const range = max === Number.MAX_SAFE_INTEGER ? 'of 1 or more' : `from 1 to ${max}`;
  const isInRange = (value: string) => /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= max;
  return blank(
    text((value) => (isInRange(value) ? undefined : `must be a whole number ${range}`)).transform(Number),
  );
}

const size = number(LARGEST_PAGE);

export const listQuery = z
  .object({
    page: number(Number.MAX_SAFE_INTEGER),
    /** The one document calls it this, the other `limit`. */
    pageSize: size,
    limit: size,
    status: blank(
      text()
        .toUpperCase()
        .pipe(oneOf('ACTIVE', 'PAUSED', 'EXPIRED', 'DELETED')),
    ),
    search: blank(text((value) => (canBeFound(value) ? undefined : 'must not contain NUL'))),
    sortBy: blank(oneOf('createdAt')),
    order: blank(text().toLowerCase().pipe(oneOf('asc', 'desc'))),
  })
  .transform(({ page = 1, pageSize, limit, status, search, order = 'desc' }) => ({
    page,
    pageSize: pageSize ?? limit ?? DEFAULT_PAGE,
    status,
    search,
    order,
  }));
