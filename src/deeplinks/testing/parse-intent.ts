/** What Android makes of an `intent:` URL. */
export interface ParsedIntent {
  readonly data: string;
  readonly package: string | undefined;
  readonly extras: Readonly<Record<string, string>>;
}

/**
 * Reads an `intent:` URL by the rules of Android's `Intent.parseUri`: the intent is what follows the last `#`, a list of
 * `name=value;` up to `end`, each value percent-encoded; everything before is the data, under the scheme that is named.
 *
 * @throws Error where Android would
 */
export function parseIntent(url: string): ParsedIntent {
  const start = url.lastIndexOf('#');
  if (!url.startsWith('#Intent;', start) || !url.startsWith('intent:')) throw new Error('no intent');
  const data = url.slice('intent:'.length, start);
  let at = start + '#Intent;'.length;
  let scheme: string | undefined;
  let packageName: string | undefined;
  const extras: Record<string, string> = {};
  while (!url.startsWith('end', at)) {
    const semicolon = url.indexOf(';', at);
    if (semicolon < 0) throw new Error('uri end not found');
    const equals = url.indexOf('=', at);
    const hasValue = equals >= 0 && equals < semicolon;
    const name = url.slice(at, hasValue ? equals : semicolon);
    const value = hasValue ? decodeURIComponent(url.slice(equals + 1, semicolon)) : '';
    if (name === 'scheme') scheme = value;
    else if (name === 'package') packageName = value;
    else if (name.startsWith('S.')) extras[name.slice(2)] = value;
    else throw new Error(`unknown EXTRA type: ${name}`);
    at = semicolon + 1;
  }
  if (url.slice(at) !== 'end') throw new Error('something after the end');
  return { data: scheme === undefined ? data : `${scheme}:${data}`, package: packageName, extras };
}
