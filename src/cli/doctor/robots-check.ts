import { isLike } from '../../deeplinks/association/url-component.ts';
import type { FileAnswer } from './file-request.ts';
import type { Finding } from './finding.ts';

/** Who would be kept from the files by a word of theirs; `*` is everybody. */
const READERS = new Set(['*', 'googlebot', 'applebot', 'aasa-bot']);

interface Rule {
  readonly agents: readonly string[];
  readonly allows: boolean;
  readonly pattern: string;
}

/** `robots.txt` is for searching, and yet some who fetch the files keep to it. */
export function judgeRobots(answer: FileAnswer, paths: readonly string[]): Finding[] {
  if (answer.kind !== 'answered' || answer.status !== 200) return [];
  const rules = rulesOf(answer.body.toString());
  const forbidden = paths.filter((path) => isForbidden(rules, path));
  if (forbidden.length === 0) {
    return [{ check: 'robots', level: 'ok', text: 'robots.txt keeps nobody from the files' }];
  }
  const text = `robots.txt forbids ${forbidden.join(' and ')}: add "Allow: /.well-known/" for those agents`;
  return [{ check: 'robots', level: 'warn', text }];
}

/** The longest pattern that fits decides, and of two that are as long the friendlier one (RFC 9309, section 2.2.2). */
function isForbidden(rules: readonly Rule[], path: string): boolean {
  return [...READERS].some((agent) => {
    const fitting = rules
      .filter(({ agents, pattern }) => agents.includes(agent) && isLike(starOnly(pattern), path))
      .sort((a, b) => b.pattern.length - a.pattern.length || Number(b.allows) - Number(a.allows));
    return fitting[0]?.allows === false;
  });
}

/** A pattern is a beginning unless it ends with `$`. A `?` in it would be one in a URL, and the files have none. */
function starOnly(pattern: string): string {
  return pattern.endsWith('$') ? pattern.slice(0, -1) : `${pattern}*`;
}

function rulesOf(text: string): Rule[] {
  const rules: Rule[] = [];
  let agents: string[] = [];
  let isNaming = false;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const found = /^\s*(user-agent|allow|disallow)\s*:\s*([^#]*)/i.exec(line);
    if (!found) continue;
    const [, word = '', rest = ''] = found;
    const value = rest.trim();
    if (word.toLowerCase() === 'user-agent') {
      agents = isNaming ? [...agents, value.toLowerCase()] : [value.toLowerCase()];
      isNaming = true;
    } else {
      isNaming = false;
      if (value !== '') rules.push({ agents, allows: word.toLowerCase() === 'allow', pattern: value });
    }
  }
  return rules;
}
