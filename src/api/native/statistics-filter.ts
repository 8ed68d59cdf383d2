import { DIMENSIONS, type Dimension, type DimensionFilter } from '../../clicks/statistics/question.ts';

/** A filter that cannot be read, and why. */
export class WrongFilter {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const MOST_VALUES = 100;
const MOST_CHARACTERS = 500;

/**
 * Reads `country:KR,JP` (one of these) and `!browser:Chrome` (none of these). The first colon ends the dimension, so
 * values may have colons; a comma of a value is written `\,` and a backslash `\\`. No value at all, as in `utmSource:`
 * or `country:KR,`, is the empty one: unknown, or none.
 */
export function readFilter(text: string): DimensionFilter | WrongFilter {
  const exclude = text.startsWith('!');
  const colon = text.indexOf(':');
  if (colon < 0) return new WrongFilter('must be a dimension, a colon and values, such as country:KR,JP');
  const dimension = dimensionNamed(text.slice(exclude ? 1 : 0, colon));
  if (dimension instanceof WrongFilter) return dimension;
  const values = splitValues(text.slice(colon + 1));
  if (values === undefined) {
    return new WrongFilter(
      'has a backslash that escapes nothing: write \\, for a comma, \\\\ for a backslash',
    );
  }
  if (values.length > MOST_VALUES) return new WrongFilter(`must have at most ${MOST_VALUES} values`);
  if (values.some((value) => value.length > MOST_CHARACTERS)) {
    return new WrongFilter(`must have values of at most ${MOST_CHARACTERS} characters`);
  }
  const wrong = CLOSED[dimension];
  const unknown = wrong && values.find((value) => !wrong.allows(value));
  if (unknown !== undefined)
    return new WrongFilter(`must have values of ${dimension} that are ${wrong?.words}`);
  return { dimension, values, ...(exclude ? { exclude } : {}) };
}

/** What `readFilter` reads as that filter. */
export function writeFilter({ dimension, values, exclude }: DimensionFilter): string {
  const escaped = values.map((value) => value.replace(/[\\,]/g, '\\$&'));
  return `${exclude ? '!' : ''}${dimension}:${escaped.join(',')}`;
}

export function dimensionNamed(name: string): Dimension | WrongFilter {
  const known = DIMENSIONS.find((one) => one === name);
  return known ?? new WrongFilter(`names no dimension; there are ${DIMENSIONS.join(', ')}`);
}

/** Dimensions whose values everybody can know. */
const CLOSED: { readonly [D in Dimension]?: { readonly words: string; allows(value: string): boolean } } = {
  qr: oneOf('yes', 'no'),
  client: oneOf('person', 'automated', 'crawler'),
  hourOfDay: { words: 'hours from 0 to 23', allows: (value) => /^(1?\d|2[0-3])$/.test(value) },
  weekday: { words: 'days from 1 (Monday) to 7', allows: (value) => /^[1-7]$/.test(value) },
  route: { words: 'numbers of routes', allows: (value) => /^\d{1,15}$/.test(value) },
};

function oneOf(...allowed: readonly string[]) {
  return { words: allowed.join(' or '), allows: (value: string) => allowed.includes(value) };
}

/** Undefined when a backslash escapes nothing. */
function splitValues(text: string): string[] | undefined {
  const values = [''];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === ',') {
      values.push('');
      continue;
    }
    if (character === '\\') {
      at++;
      if (text[at] !== ',' && text[at] !== '\\') return undefined;
    }
    values.push(`${values.pop()}${text[at]}`);
  }
  return values;
}
