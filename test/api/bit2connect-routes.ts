/** A documented route, and what it takes to be let in. */
export interface Route {
  readonly method: string;
  /** After `/1.0`; `{code}` and `{id}` stand for a link and an app. */
  readonly path: string;
  readonly scope: 'links:read' | 'links:write';
  /** Good enough to come to the work itself. */
  readonly body?: object;
  /** Whether it is the link or the app in its path that may be missing. */
  readonly of?: 'link' | 'app';
}

const LINK = 'https://example.com/';

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/links', scope: 'links:write', body: { payload: { link: LINK } } },
  { method: 'GET', path: '/links', scope: 'links:read' },
  { method: 'GET', path: '/links/check/{code}', scope: 'links:read' },
  { method: 'GET', path: '/links/{code}', scope: 'links:read', of: 'link' },
  {
    method: 'PUT',
    path: '/links/{code}',
    scope: 'links:write',
    body: { payload: { link: LINK } },
    of: 'link',
  },
  {
    method: 'PUT',
    path: '/links/{code}/status',
    scope: 'links:write',
    body: { status: 'PAUSED' },
    of: 'link',
  },
  {
    method: 'PATCH',
    path: '/links/{code}/status',
    scope: 'links:write',
    body: { status: 'PAUSED' },
    of: 'link',
  },
  { method: 'DELETE', path: '/links/{code}', scope: 'links:write', of: 'link' },
  {
    method: 'POST',
    path: '/mobile-apps',
    scope: 'links:write',
    body: { platform: 'IOS', name: 'x', bundleId: 'com.example.x' },
  },
  { method: 'GET', path: '/mobile-apps', scope: 'links:read' },
  { method: 'GET', path: '/mobile-apps/{id}', scope: 'links:read', of: 'app' },
  { method: 'PUT', path: '/mobile-apps/{id}', scope: 'links:write', body: { name: 'y' }, of: 'app' },
  { method: 'DELETE', path: '/mobile-apps/{id}', scope: 'links:write', of: 'app' },
];

export function pathOf(
  { path }: Route,
  { code, id }: { readonly code: string; readonly id: string },
): string {
  return path.replace('{code}', encodeURIComponent(code)).replace('{id}', encodeURIComponent(id));
}
