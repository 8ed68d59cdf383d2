interface Document {
  readonly paths?: unknown;
  readonly components?: { schemas?: Record<string, unknown> };
}

const INPUT = 'Input';

/**
 * The schema generator writes every component twice, `X` for answers and `XInput` for requests. Keeps what is used,
 * and calls it `X` wherever only one of the two is.
 */
export function tidyComponents<T extends object>(given: T): T {
  const document = given as Document;
  const schemas = document.components?.schemas ?? {};
  const used = reachable(document.paths, schemas);
  const renamed = new Map<string, string>();
  for (const name of used) {
    const short = name.endsWith(INPUT) ? name.slice(0, -INPUT.length) : name;
    renamed.set(name, used.has(short) ? name : short);
  }
  const tidied = {
    ...document,
    components: {
      ...document.components,
      schemas: Object.fromEntries([...used].sort().map((name) => [renamed.get(name) ?? name, schemas[name]])),
    },
  };
  return JSON.parse(
    JSON.stringify(tidied, (key, value: unknown) =>
      key === '$ref' && typeof value === 'string'
        ? refTo(renamed.get(nameIn(value)) ?? nameIn(value))
        : value,
    ),
  ) as T;
}

function reachable(from: unknown, schemas: Record<string, unknown>): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown) => {
    for (const [, name] of JSON.stringify(node ?? null).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name === undefined || found.has(name)) continue;
      found.add(name);
      visit(schemas[name]);
    }
  };
  visit(from);
  return found;
}

function nameIn(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}
