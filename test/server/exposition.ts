/** A scrape, read by the rules of the Prometheus text format (0.0.4) and by nothing more lenient. */
export class Exposition {
  readonly families: ReadonlyMap<string, Family>;

  constructor(families: ReadonlyMap<string, Family>) {
    this.families = families;
  }

  /** @throws when there is no such sample: a gap is no zero */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const found = this.samples(name).filter((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
    if (found.length !== 1) throw new Error(`${found.length} samples of ${name}${JSON.stringify(labels)}`);
    return (found[0] as Sample).value;
  }

  samples(name: string): readonly Sample[] {
    return [...this.families.values()].flatMap((family) =>
      family.samples.filter((sample) => sample.name === name),
    );
  }
}

export interface Family {
  readonly help: string;
  readonly type: string;
  readonly samples: Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Inf)|NaN';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${NUMBER})$`);
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/** @throws at the first line that is against the format, or says the same thing twice */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith('\n')) throw new Error('The last line does not end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let current: { name: string; family: Family } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, kind, named = '', rest = ''] = COMMENT.exec(line) ?? [];
    if (kind === 'HELP') {
      help = { name: named, text: rest };
    } else if (kind === 'TYPE') {
      if (help?.name !== named) throw new Error(`${named} has no help right above its type`);
      if (families.has(named)) throw new Error(`${named} stands there twice`);
      if (!TYPES.includes(rest)) throw new Error(`${rest} is no type`);
      current = { name: named, family: { help: help.text, type: rest, samples: [] } };
      families.set(named, current.family);
    } else {
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      if (name === '') throw new Error(`No sample: ${line}`);
      if (!current || !belongs(name, current.name, current.family.type)) throw new Error(`Astray: ${line}`);
      const key = `${name}{${labels}}`;
      if (seen.has(key)) throw new Error(`Twice: ${key}`);
      seen.add(key);
      current.family.samples.push({ name, labels: labelsIn(labels), value: numberOf(value) });
    }
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family);
  return new Exposition(families);
}

function belongs(sample: string, family: string, type: string): boolean {
  const endings =
    type === 'histogram' ? ['_bucket', '_sum', '_count'] : type === 'summary' ? ['', '_sum', '_count'] : [''];
  return endings.some((ending) => sample === family + ending);
}

/** Buckets rise, end at infinity, and that one is the count. */
function checkHistogram(name: string, { samples }: Family): void {
  for (const { labels: of, value: count } of samples.filter((sample) => sample.name === `${name}_count`)) {
    const buckets = samples.filter(
      ({ name: one, labels }) =>
        one === `${name}_bucket` && Object.entries(of).every(([label, value]) => labels[label] === value),
    );
    const bounds = buckets.map(({ labels }) => numberOf(labels.le ?? ''));
    const rises = (values: readonly number[]) =>
      values.every((value, index) => index === 0 || value >= (values[index - 1] as number));
    if (!rises(bounds) || !rises(buckets.map(({ value }) => value))) throw new Error(`${name} does not rise`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || buckets.at(-1)?.value !== count)
      throw new Error(`${name} does not end with its count`);
  }
}

function labelsIn(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(
    pairs.map(([, label, value = '']) => [
      label,
      value.replace(/\\(.)/g, (_, it) => (it === 'n' ? '\n' : it)),
    ]),
  );
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
