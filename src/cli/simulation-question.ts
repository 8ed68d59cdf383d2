import { type Asked, simulationProblems } from '../app/offline-simulation.ts';
import { OperatorError } from './operator-error.ts';
import { printable } from './printable.ts';

export interface SimulateOptions {
  readonly domain?: string;
  readonly at?: string;
  readonly visitor?: string;
  readonly bot?: boolean;
  readonly device?: string;
  readonly inApp?: string;
  readonly userAgent?: string;
  readonly appInstalled?: boolean;
  readonly country?: string;
  readonly language?: string;
  readonly qr?: boolean;
  readonly passwordGiven?: boolean;
  readonly entersPassword?: boolean;
  readonly query?: string;
  readonly head?: boolean;
  readonly prefetch?: boolean;
  readonly embedded?: boolean;
  readonly slotsTaken?: string;
  readonly json?: boolean;
}

/** With its offset: whose clock is meant is not to be guessed. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Pure. What is asked, as the API takes it.
 *
 * @throws OperatorError with every option that cannot be meant
 */
export function simulationQuestion(link: string, options: SimulateOptions): Asked {
  const { domain, at, slotsTaken, bot, head, entersPassword, json: _, visitor, ...described } = options;
  if (bot && visitor !== undefined)
    throw new OperatorError('--bot is --visitor crawler: say one of the two.');
  if (head && entersPassword) throw new OperatorError('--head enters no password: say one of the two.');
  if (at !== undefined && !INSTANT.test(at)) {
    throw new OperatorError(`"${printable(at)}" is no instant such as 2027-03-02T09:00:00+09:00.`);
  }
  if (slotsTaken !== undefined && !/^\d{1,10}$/.test(slotsTaken)) {
    throw new OperatorError('--slots-taken must be a whole number, such as 0.');
  }
  const asked = {
    ...namedBy(link),
    ...(domain === undefined ? {} : { domain }),
    ...(at === undefined ? {} : { at }),
    visitor: {
      ...described,
      ...(bot ? { visitor: 'crawler' } : visitor === undefined ? {} : { visitor }),
      ...(head ? { method: 'HEAD' } : {}),
      ...(entersPassword ? { method: 'POST', passwordGiven: true } : {}),
      ...(slotsTaken === undefined ? {} : { slotsTaken: Number(slotsTaken) }),
    },
  };
  const problems = simulationProblems(asked);
  if (problems.length === 0) return asked as Asked;
  throw new OperatorError(
    problems.map(({ field, message }) => `${optionOf(field)} ${printable(message)}`).join('; '),
  );
}

/** No code has a slash; a URL may come without its scheme, as people read them out. */
function namedBy(link: string): Pick<Asked, 'url' | 'code'> {
  if (link.includes('://')) return { url: link };
  if (link.includes('/')) return { url: `https://${link}` };
  const [code, query] = link.split(/\?(.*)/s);
  if (query === undefined) return { code: link };
  throw new OperatorError(
    `A code has no query: write ${printable(`${code} --query "${query}"`)}, or the whole short URL.`,
  );
}

/** `visitor.inApp` as it is typed here. */
function optionOf(field: string): string {
  if (field === 'url' || field === 'code') return 'The link';
  const name = field.replace(/^visitor\./, '');
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
