import { domainToASCII } from 'node:url';

const HOST =
  /^(?=.{1,253}(:|$))([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(:\d{1,5})?$/;

/** Whether a text is the name of a host, with a port at most; in lower case, as URLs are read. */
export function isHostName(text: string): boolean {
  return HOST.test(text) && URL.canParse(`http://${text}`);
}

/**
 * The name of a host as URLs are read, from how somebody writes it: `Go.Example.com.` is `go.example.com`, and `한글.kr`
 * is `xn--bj0bj06e.kr`. A port stays. What is no host is none afterwards either.
 */
export function hostNameFrom(text: string): string {
  const [, name = '', port = ''] = /^(.*?)(:\d+)?$/s.exec(text) ?? [];
  const isForeign = /\P{ASCII}/u.test(name) && /^[^\s/?#@%\\:[\]]+$/.test(name);
  const ascii = (isForeign && domainToASCII(name)) || name.toLowerCase();
  // The root of all names can be written at the end of each (RFC 1034, section 3.1), and nobody's domain is called so.
  return ascii.replace(/(?<=[^.])\.$/, '') + port;
}

/** What is wrong with an entry of a list of hosts, or undefined. */
export function hostPatternProblem(pattern: string): string | undefined {
  const host = pattern.startsWith('*.') ? pattern.slice(2) : pattern;
  if (isHostName(host)) return undefined;
  return 'must be a host name in lower case such as www.example.com, or *.example.com for every host below it';
}

/**
 * Whether a host is named by one of the patterns: by its own name, or as one below `*.example.com` (which is not
 * `example.com` itself). A port has to be named where it is an unusual one.
 *
 * @param host as `urlHost` gives it
 */
export function matchesHost(host: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.startsWith('*.')
      ? host.length >= pattern.length && host.endsWith(pattern.slice(1))
      : host === pattern,
  );
}
