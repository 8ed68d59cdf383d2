import type { Scope } from '../../src/accounts/scope.ts';
import { URL_A } from './vivoldi-client.ts';

export interface Route {
  readonly method: 'POST' | 'PUT' | 'DELETE' | 'GET';
  /** After `/api/`. */
  readonly path: string;
  readonly scope: Scope;
  /** A request that could succeed. */
  readonly body?: object;
  readonly query?: string;
}

const DAY = 'ymd=2026-03-01';
const DAYS = 'startYmd=2026-03-01&endYmd=2026-03-31';

/** Every route there is. */
export const ROUTES: readonly Route[] = [
  { method: 'POST', path: 'link/v2/create', scope: 'links:write', body: { url: URL_A } },
  { method: 'POST', path: 'link/v1/create', scope: 'links:write', body: { url: URL_A } },
  { method: 'POST', path: 'link/v1/createBulk', scope: 'links:write', body: { links: [{ url: URL_A }] } },
  { method: 'PUT', path: 'link/v2/update', scope: 'links:write', body: { linkId: 'none', memo: 'x' } },
  { method: 'PUT', path: 'link/v1/update', scope: 'links:write', body: { linkId: 'none', memo: 'x' } },
  { method: 'DELETE', path: 'link/v1/delete', scope: 'links:write', query: 'linkId=none' },
  { method: 'GET', path: 'link/v1/list', scope: 'links:read', query: 'linkId=none&domain=vvd.bz' },
  { method: 'POST', path: 'link-group/v1/create', scope: 'groups:write', body: { nm: 'x' } },
  { method: 'PUT', path: 'link-group/v1/update', scope: 'groups:write', body: { grpIdx: 0, memo: 'x' } },
  { method: 'DELETE', path: 'link-group/v1/delete', scope: 'groups:write', query: 'grpIdx=0' },
  { method: 'GET', path: 'link-group/v2/list', scope: 'groups:read', query: 'pages=1' },
  { method: 'GET', path: 'link-group/v1/list', scope: 'groups:read', query: 'nm=x' },
  { method: 'GET', path: 'statistics/v2/clicks-by-date', scope: 'stats:read', query: `${DAYS}&grpIdx=0` },
  {
    method: 'GET',
    path: 'statistics/v1/clicks-by-date',
    scope: 'stats:read',
    query: `${DAYS}&linkId=none&domain=vvd.bz`,
  },
  { method: 'GET', path: 'statistics/v2/clicks-by-hour', scope: 'stats:read', query: DAY },
  { method: 'GET', path: 'statistics/v1/clicks-by-hour', scope: 'stats:read', query: DAY },
  { method: 'GET', path: 'statistics/v1/clicks-by-group', scope: 'stats:read', query: DAY },
  { method: 'GET', path: 'statistics/v2/clicks-by-group', scope: 'stats:read', query: DAY },
  { method: 'GET', path: 'link/v1/clicks-by-group', scope: 'stats:read', query: `${DAY}&pages=1` },
  { method: 'GET', path: 'link/v2/clicks-by-group', scope: 'stats:read', query: `${DAY}&grpIdxList=0` },
];

export function fullPath({ path, query }: Route): string {
  return query === undefined ? path : `${path}?${query}`;
}
