import { csvRecords } from './csv-records.ts';
import { objectOf } from './field-reading.ts';
import { jsonItems } from './json-items.ts';
import { type OwnDomain, withoutLongLink } from './long-link-destination.ts';
import { type Reading, type Source, SourceError } from './source.ts';
import { requireHeader } from './sources/ndjson.ts';
import { type ImportKind, SOURCES } from './sources.ts';
import { objectShape, tableShape } from './table-columns.ts';
import { requireText } from './text-file.ts';
import { linesOf } from './text-lines.ts';

/** One row of a file, as it was read. */
export interface ReadRow {
  /** Counted from 1, without headings. */
  readonly number: number;
  readonly reading: Reading;
  /** Bytes of the file that have been read when the row had been. */
  readonly end: number;
}

/** What is said about the columns of a table, and heard of them. */
export interface ColumnChoice {
  /** Headings of those that are not to be read. */
  readonly ignored: readonly string[];
  /** Told before the first row, where there are any, in which something may stand that is lost. */
  readonly leftOut: (headings: readonly string[]) => void;
}

const WHATEVER_IS_KNOWN: ColumnChoice = { ignored: [], leftOut: () => {} };

/**
 * Reads a file row by row, in constant memory. Whether it is a table or JSON is seen from its first character.
 *
 * @throws SourceError when it is not what it is said to be, as a whole
 */
export async function* readRows(
  kind: ImportKind,
  bytes: AsyncIterable<Buffer>,
  columns = WHATEVER_IS_KNOWN,
  domains: readonly OwnDomain[] = [],
): AsyncGenerator<ReadRow> {
  const { first, all } = await peek(bytes);
  requireText(first);
  const readings = kind === 'ndjson' ? exportLines(all) : rowsOf(SOURCES[kind], first, all, columns);
  let number = 0;
  for await (const { reading: read, end } of readings) {
    const reading = kind === 'ndjson' ? read : withoutLongLink(read, domains);
    yield { number: ++number, reading, end };
  }
  if (number === 0) throw new SourceError('The file has no rows.');
}

type Read = { readonly reading: Reading; readonly end: number };

function rowsOf(
  source: Source,
  first: Buffer,
  all: AsyncIterable<Buffer>,
  columns: ColumnChoice,
): AsyncGenerator<Read> {
  const isJson = /^\ufeff?\s*[[{]/.test(first.subarray(0, 1_000).toString('utf8'));
  if (isJson) {
    if (source.json) return jsonRows(source.name, source.json, all, columns);
    throw new SourceError(`The file is JSON; ${source.name} is read from a table (CSV).`);
  }
  if (source.table) return tableRows(source.name, source.table, all, columns);
  throw new SourceError(`The file is no JSON; ${source.name} is read from JSON.`);
}

async function* tableRows(
  name: string,
  table: NonNullable<Source['table']>,
  bytes: AsyncIterable<Buffer>,
  columns: ColumnChoice,
): AsyncGenerator<Read> {
  let shape: ReturnType<typeof tableShape> | undefined;
  for await (const record of csvRecords(linesOf(bytes))) {
    const { end } = record;
    if ('problem' in record) {
      if (!shape) throw new SourceError(`The first line of the file ${record.problem}.`);
      yield { reading: { problem: record.problem }, end };
      continue;
    }
    if (!shape) {
      shape = tableShape(record.fields, table, name, columns.ignored);
      if (shape.leftOut.length > 0) columns.leftOut(shape.leftOut);
      if (shape.hasHeadings) continue;
    }
    for (const reading of [table.read(shape.rowOf(record.fields))].flat()) yield { reading, end };
  }
}

async function* jsonRows(
  name: string,
  { items, columns: known, read }: NonNullable<Source['json']>,
  bytes: AsyncIterable<Buffer>,
  { ignored, leftOut }: ColumnChoice,
): AsyncGenerator<Read> {
  if (!known && ignored.length > 0)
    throw new SourceError(
      `The file is JSON, and that of ${name} has no columns; leave --ignore-columns away.`,
    );
  let isFirst = true;
  for await (const item of jsonItems(bytes, items)) {
    const { end } = item;
    if ('problem' in item) {
      yield { reading: { problem: item.problem }, end };
      continue;
    }
    const value = parsedObject(item.text);
    const page = value && pageOf(value, items);
    if (page === 'empty') continue;
    if (page === 'unknown') {
      yield { reading: { problem: 'is a page without links where they are looked for' }, end };
      continue;
    }
    if (!value) {
      yield { reading: { problem: 'is not JSON' }, end };
      continue;
    }
    const shape = known ? objectShape(value, known, ignored) : { leftOut: [], item: value };
    if (isFirst && shape.leftOut.length > 0) leftOut(shape.leftOut);
    isFirst = false;
    for (const reading of [read(shape.item)].flat()) yield { reading, end };
  }
}

/** A page without items is no item. @returns undefined when it is an item */
function pageOf(
  value: Readonly<Record<string, unknown>>,
  items: NonNullable<Source['json']>['items'],
): 'empty' | 'unknown' | undefined {
  const found = items.find(([name = '']) => name !== '*' && Object.hasOwn(value, name));
  if (!found) return undefined;
  let list: unknown = value;
  for (const name of found) if (name !== '*') list = objectOf(list)[name];
  const isEmpty = list === null || (typeof list === 'object' && Object.keys(list).length === 0);
  return isEmpty ? 'empty' : 'unknown';
}

async function* exportLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Read> {
  let isFirst = true;
  for await (const { text, end, problem } of linesOf(bytes)) {
    if (text.trim() === '' && problem === undefined) continue;
    const value = parsedObject(text);
    if (isFirst) requireHeader(value);
    else if (problem !== undefined) yield { reading: { problem }, end };
    else if (value) yield { reading: { row: value, notes: [] }, end };
    else yield { reading: { problem: 'is not JSON' }, end };
    isFirst = false;
  }
}

/** Undefined also for what no request may have in it: a server would refuse the whole batch. */
function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (isPoisoned(value)) return undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Members that would change what an object is, if somebody copied them. */
function isPoisoned(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  const made: unknown = Object.hasOwn(value, 'constructor') ? value.constructor : undefined;
  if (typeof made === 'object' && made !== null && Object.hasOwn(made, 'prototype')) return true;
  return Object.values(value).some(isPoisoned);
}

async function peek(bytes: AsyncIterable<Buffer>): Promise<{ first: Buffer; all: AsyncIterable<Buffer> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const { value: first = Buffer.alloc(0), done = false } = await iterator.next();
  return {
    first,
    all: (async function* () {
      try {
        if (!done) yield first;
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
      } finally {
        await iterator.return?.();
      }
    })(),
  };
}
