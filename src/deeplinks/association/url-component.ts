/**
 * One pattern of Apple's association file (`applinks.Details.Components`): `*` stands for any text, slashes included,
 * `?` for one character. The first that matches a URL decides about it.
 */
export interface UrlComponent {
  /** Of the path; everything when absent. */
  readonly '/'?: string;
  /** Of the whole query, or of its parameters one by one: one that is not there is as good as an empty one. */
  readonly '?'?: string | Readonly<Record<string, string>>;
  /** Of the fragment. */
  readonly '#'?: string;
  /** The app is not opened. */
  readonly exclude?: boolean;
  /** As written unless false. */
  readonly caseSensitive?: boolean;
}

/** Whether a device would open the app for a URL; what no component matches stays in the browser. */
export function opensApp(components: readonly UrlComponent[], url: URL): boolean {
  const first = components.find((component) => matches(component, url));
  return first !== undefined && first.exclude !== true;
}

function matches(component: UrlComponent, { pathname, search, hash }: URL): boolean {
  const like = (pattern: string | undefined, text: string) =>
    pattern === undefined || isLike(pattern, text, component.caseSensitive !== false);
  const query = component['?'];
  if (!like(component['/'], pathname) || !like(component['#'], hash.slice(1))) return false;
  if (query === undefined || typeof query === 'string') return like(query, search.slice(1));
  const parameters = new URLSearchParams(search);
  return Object.entries(query).every(([name, pattern]) => {
    const values = parameters.getAll(name);
    return (values.length === 0 ? [''] : values).every((value) => like(pattern, value));
  });
}

/**
 * Whether a whole text is what a pattern says. In time that grows with the product of both lengths at worst, where a
 * regular expression made of the pattern could take for ever: the file may be anybody's.
 */
export function isLike(pattern: string, text: string, caseSensitive = true): boolean {
  const [wanted, given] = caseSensitive ? [pattern, text] : [pattern.toLowerCase(), text.toLowerCase()];
  let at = 0;
  let next = 0;
  // Where to go on when what follows the last `*` does not fit: the `*` takes one character more.
  let afterStar = -1;
  let starEnds = 0;
  while (at < given.length) {
    if (wanted[next] === '*') {
      afterStar = ++next;
      starEnds = at;
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === given[at])) {
      next++;
      at++;
    } else if (afterStar >= 0) {
      next = afterStar;
      at = ++starEnds;
    } else return false;
  }
  while (wanted[next] === '*') next++;
  return next === wanted.length;
}
