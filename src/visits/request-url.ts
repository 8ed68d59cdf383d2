/**
 * What a request asks for, without the origin: a proxy may send the whole URL (RFC 9112, section 3.2.2), and whoever
 * answers sees the path and the query alone.
 */
export function originForm(url: string): string {
  if (url.charCodeAt(0) === 47) return url;
  const rest = url.replace(/^https?:\/\/[^/?#]*/i, '');
  // Without a path it is the root that is asked for (section 3.2.1 of the same).
  return rest === '' || (rest !== url && rest.charCodeAt(0) !== 47) ? `/${rest}` : rest;
}

/** @param url in origin form */
export function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/** Without `?`; empty when there is none. */
export function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

/** @param path starting with `/` */
export function firstSegmentOf(path: string): string {
  const end = path.indexOf('/', 1);
  return path.slice(1, end < 0 ? undefined : end);
}
