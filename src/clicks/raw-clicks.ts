import { sql } from 'kysely';
import type { Reader } from '../db/database.ts';
import { CODE_OF_CLICK, GROUP_OF_CLICK, LINK_OF_CLICK } from './click-names.ts';
import { ClickFlag, ClickKind } from './click-record.ts';
import { firstRow, lastRow } from './click-rows.ts';
import type { Utm } from './ingest/enrich.ts';
import type { Inclusion } from './statistics/question.ts';

export interface RawClickQuery {
  readonly projectId: number;
  readonly linkId?: number | undefined;
  /** The group the link was in when it was clicked. */
  readonly groupId?: number | undefined;
  /** Milliseconds; `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly crawlers: Inclusion;
  /** Number of the row after which to begin; 0 for the first. */
  readonly after: number;
}

/** A click as it is stored, with what its link and group are called. */
export interface RawClick {
  readonly row: number;
  readonly clickId: string;
  readonly at: number;
  /** Null when a restored backup knows no such link. */
  readonly link: string | null;
  /** Null as well when a new link has taken over the code of this deleted one. */
  readonly code: string | null;
  readonly group: string | null;
  readonly country: string;
  readonly region: string;
  readonly city: string;
  readonly device: string;
  readonly os: string;
  readonly browser: string;
  readonly language: string;
  readonly referrer: string;
  readonly utm: Utm | null;
  /** A sum of `ClickFlag` values, as known now: an older click that comes in late makes a later visitor less new. */
  readonly flags: number;
  /** The keyed hash; not for the eyes of clients. */
  readonly visitor: string;
}

/**
 * Clicks at once. Each costs the serving thread some 10 µs (unpacking, pseudonym, text), and visitors wait behind a
 * page: 250 are 2.5 ms, and larger pages are hardly faster.
 */
const CLICKS_PER_PAGE = 250;
/** Rows looked at in one go, however few of them are wanted, so that no statement takes long. */
const ROWS_PER_LOOK = 50_000;
/** Row numbers of one link read at once. */
const ROWS_OF_LINK = 20_000;

/**
 * The clicks of a project in the order of their rows, which is the order in which they were counted, a page at a time.
 * A page is read when it is asked for. Ends with the last click there was at the beginning.
 *
 * The number of a row can be gone on from without missing one: ingest of all processes takes turns from its first
 * statement to its commit (`INGEST_TURN`), so numbers are given, and become visible, in order.
 */
export async function* readRawClicks(read: Reader, query: RawClickQuery): AsyncGenerator<RawClick[]> {
  const last = await lastRow(read);
  const after = Math.max(query.after, (await firstRow(read)) - 1);
  const { linkId } = query;
  const pages =
    linkId !== undefined && (await isSparse(read, linkId, last - after))
      ? byLink(read, query, linkId, after, last)
      : inOrder(read, query, after, last);
  yield* pages;
}

/**
 * Whether the rows of a link are found sooner through its index, which is gone through once for every `ROWS_OF_LINK`
 * of them, than by looking at all rows.
 */
async function isSparse(read: Reader, linkId: number, rows: number): Promise<boolean> {
  const counter = await read
    .selectFrom('link_counter')
    .select('clicks')
    .where('link_id', '=', linkId)
    .executeTakeFirst();
  const clicks = counter?.clicks ?? 0;
  return clicks * Math.ceil(clicks / ROWS_OF_LINK) <= rows;
}

async function* inOrder(
  read: Reader,
  query: RawClickQuery,
  start: number,
  last: number,
): AsyncGenerator<RawClick[]> {
  let span = CLICKS_PER_PAGE;
  for (let after = start; after < last; ) {
    const until = Math.min(after + span, last);
    const page = await load(
      read,
      wanted(read, query)
        .selectAll()
        .where('id', '>', after)
        .where('id', '<=', until)
        .orderBy('id')
        .limit(CLICKS_PER_PAGE),
    );
    if (page.length > 0) yield page;
    after = page.length < CLICKS_PER_PAGE ? until : rowAtEnd(page);
    span = nextSpan(span, page.length);
  }
}

/**
 * How many rows to look at for the next page: four times as many where hardly any was wanted, fewer where more were
 * than a page holds. An engine that sorts them before it takes a page of them does so in vain otherwise.
 */
function nextSpan(span: number, found: number): number {
  if (found === CLICKS_PER_PAGE) return Math.max(CLICKS_PER_PAGE, span / 4);
  return found < CLICKS_PER_PAGE / 4 ? Math.min(span * 4, ROWS_PER_LOOK) : span;
}

async function* byLink(
  read: Reader,
  query: RawClickQuery,
  linkId: number,
  start: number,
  last: number,
): AsyncGenerator<RawClick[]> {
  for (let after = start; ; ) {
    const rows = await wanted(read, { ...query, linkId: undefined })
      .select('id')
      .where('link_id', '=', linkId)
      // Not a look through all rows from there on.
      .where(sql<number>`id + 0`, '>', after)
      .where(sql<number>`id + 0`, '<=', last)
      .orderBy('id')
      .limit(ROWS_OF_LINK)
      .execute();
    for (let start = 0; start < rows.length; start += CLICKS_PER_PAGE) {
      const ids = rows.slice(start, start + CLICKS_PER_PAGE).map(({ id }) => id);
      const page = await load(read, read.selectFrom('click').selectAll().where('id', 'in', ids));
      // Retention may have deleted them since.
      if (page.length > 0) yield page;
    }
    const end = rows.at(-1);
    if (!end || rows.length < ROWS_OF_LINK) return;
    after = end.id;
  }
}

function wanted(read: Reader, { projectId, linkId, groupId, from, to, crawlers }: RawClickQuery) {
  const crawler = sql<number>`flags & ${sql.lit(ClickFlag.crawler)}`;
  return read
    .selectFrom('click')
    .where('project_id', '=', projectId)
    .where('at', '>=', from)
    .where('at', '<', to)
    .where('kind', '=', ClickKind.click)
    .where(sql<number>`flags & ${sql.lit(ClickFlag.uncounted)}`, '=', 0)
    .$if(linkId !== undefined, (query) => query.where(sql<number>`link_id + 0`, '=', linkId as number))
    .$if(groupId !== undefined, (query) => query.where('group_id', '=', groupId as number))
    .$if(crawlers !== 'include', (query) => query.where(crawler, crawlers === 'only' ? '>' : '=', 0));
}

type Rows = ReturnType<typeof rowsOf>;
function rowsOf(read: Reader) {
  return read.selectFrom('click').selectAll();
}

/** Names are looked up for the rows of a page alone. */
async function load(read: Reader, rows: Rows): Promise<RawClick[]> {
  const found = await read
    .selectFrom(rows.as('click'))
    .select([
      'click.id as row',
      'click.click_id as clickId',
      'click.at',
      LINK_OF_CLICK,
      CODE_OF_CLICK,
      GROUP_OF_CLICK,
      'click.country',
      'click.region',
      'click.city',
      'click.device',
      'click.os',
      'click.browser',
      'click.language_tag as language',
      'click.referrer_host as referrer',
      'click.utm',
      'click.flags',
      'click.visitor',
    ])
    .orderBy('click.id')
    .execute();
  return found.map((row) => ({ ...row, utm: row.utm === null ? null : (JSON.parse(row.utm) as Utm) }));
}

function rowAtEnd(page: readonly RawClick[]): number {
  return page.at(-1)?.row ?? 0;
}
