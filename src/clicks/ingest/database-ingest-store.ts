import type { KeyObject } from 'node:crypto';
import type { BatchInsert, BatchTransaction, BatchWriter } from '../../db/batch-writer.ts';
import { decideThresholds } from '../../reactions/thresholds/decide-thresholds.ts';
import { ThresholdRules } from '../../reactions/thresholds/threshold-rules.ts';
import type { Counters } from '../../reactions/thresholds/threshold-walk.ts';
import { insertRun, mergeOnce } from '../blocks/block-store.ts';
import { type Fact, tableOf } from '../blocks/fact.ts';
import { appEventInsert } from './app-event-tallies.ts';
import { deferredInsert } from './deferred-clicks.ts';
import { type Codes, Dictionary } from './dictionary.ts';
import type { EnrichedClick } from './enrich.ts';
import { factOf, withFolded } from './fact-of-click.ts';
import { type IngestBatch, type IngestStore, PositionMoved, type SegmentPosition } from './ingest-store.ts';
import { isFact, type KnownClick } from './known-click.ts';
import type { LinkCounts } from './link-counts.ts';
import { LinkProjects } from './link-projects.ts';
import { type LinkTally, talliesOf } from './link-tallies.ts';
import { type Recognised, type RevisedClick, recogniseVisitors } from './recognise-visitors.ts';
import { thresholdClicksOf } from './threshold-clicks.ts';

const CLICK_COLUMNS = {
  click_id: 'text',
  kind: 'integer',
  at: 'bigint',
  link_id: 'bigint',
  group_id: 'bigint',
  domain_id: 'bigint',
  route_id: 'bigint',
  flags: 'integer',
  visitor: 'text',
  user_agent: 'text',
  language: 'text',
  referrer_host: 'text',
  utm: 'text',
  country: 'text',
  region: 'text',
  city: 'text',
  device: 'text',
  os: 'text',
  browser: 'text',
  language_tag: 'text',
  project_id: 'bigint',
} as const satisfies BatchInsert['columns'];

const COUNTER_COLUMNS = {
  link_id: 'bigint',
  clicks: 'bigint',
  slots_taken: 'bigint',
  clicks_unslotted: 'bigint',
  first_click_at: 'bigint',
  last_click_at: 'bigint',
  threshold_clicks: 'bigint',
  threshold_visitors: 'bigint',
} as const satisfies BatchInsert['columns'];

/** `coalesce` twice: the smaller (greater) of two instants of which either may be missing, on both engines. */
const ADD_TO_COUNTER = `
  on conflict (link_id) do update set
    clicks = link_counter.clicks + excluded.clicks,
    slots_taken = link_counter.slots_taken + excluded.slots_taken,
    clicks_unslotted = link_counter.clicks_unslotted + excluded.clicks_unslotted,
    first_click_at = case when excluded.first_click_at < coalesce(link_counter.first_click_at, excluded.first_click_at + 1)
                          then excluded.first_click_at else link_counter.first_click_at end,
    last_click_at = case when excluded.last_click_at > coalesce(link_counter.last_click_at, excluded.last_click_at - 1)
                         then excluded.last_click_at else link_counter.last_click_at end,
    threshold_clicks = link_counter.threshold_clicks + excluded.threshold_clicks,
    threshold_visitors = link_counter.threshold_visitors + excluded.threshold_visitors`;

const TALLY_COLUMNS = {
  link_id: 'bigint',
  country: 'text',
  clicks: 'bigint',
  repeats: 'bigint',
  visitors: 'bigint',
} as const satisfies BatchInsert['columns'];

const ADD_TO_TALLY = `
  on conflict (link_id, country) do update set
    clicks = link_tally.clicks + excluded.clicks,
    repeats = link_tally.repeats + excluded.repeats,
    visitors = link_tally.visitors + excluded.visitors`;

/** Ingest of several processes takes turns: each must see the clicks of the visitors it is to recognise. */
export const INGEST_TURN = 'ingest';

interface SegmentRow {
  uuid: string;
  sequence: number;
  offset_bytes: number;
  records: number;
  finished_at: number | null;
}

/** The clicks of the journal in the event tables. */
export class DatabaseIngestStore implements IngestStore {
  readonly #writer: BatchWriter;
  readonly #publicUrl: string;
  readonly #projects: LinkProjects;
  readonly #dictionary: Dictionary;
  readonly #deferredSecret: KeyObject | undefined;
  /** Projects whose blocks may want merging. */
  readonly #untidy = new Set<number>();

  /**
   * @param publicUrl origin of the installation, whose scheme is that of every short URL that is told to others
   * @param deferredSecret keys the networks of clicks that apps may ask for; without one no app is told of any
   */
  constructor(
    writer: BatchWriter,
    publicUrl: string,
    dictionary = new Dictionary(),
    deferredSecret?: KeyObject,
  ) {
    this.#writer = writer;
    this.#publicUrl = publicUrl;
    this.#projects = new LinkProjects(writer.config);
    this.#dictionary = dictionary;
    this.#deferredSecret = deferredSecret;
  }

  loadPositions(uuids: readonly string[]): Promise<SegmentPosition[]> {
    // Ingest asks when it does not know what became of a commit, or whether the database is still the one it was.
    this.#dictionary.forget();
    return this.#writer.transact(async (tx) => {
      const positions: SegmentPosition[] = [];
      for (const uuid of uuids) {
        const rows = await tx.all<SegmentRow>('select * from journal_segment where uuid = $1', [uuid]);
        positions.push(...rows.map(positionFromRow));
      }
      return positions;
    });
  }

  /** Steps: position, visitors, texts, clicks, thresholds, counters, tallies, apps, facts. */
  async commit(batch: IngestBatch): Promise<void> {
    const rules = await ThresholdRules.load(this.#writer.config, batch.clicks);
    await this.#projects.learnFrom(rules.projectsByLink());
    const codes = await this.#writer.transact(async (tx) => {
      await tx.takeTurnIn(INGEST_TURN);
      if ((await movePosition(tx, batch)) !== 1) throw new PositionMoved(batch);
      const recognised = await recogniseVisitors(tx, batch.clicks, this.#projects);
      const { clicks, revised } = recognised;
      const known = this.#inProject([...clicks.filter(isFact), ...revised.map(({ before }) => before)]);
      const codes = await this.#dictionary.codesFor(tx, known);
      const folded = clicks.map((click) =>
        isFact(click) ? withFolded(click, this.#projects.projectOf(click.linkId), codes) : click,
      );
      await this.#insertClicks(tx, folded);
      await reviseClicks(tx, revised);
      const growth = await decideThresholds(tx, thresholdClicksOf(recognised), {
        rules,
        publicUrl: this.#publicUrl,
        now: Date.now(),
      });
      await tx.insertMany({
        table: 'link_counter',
        columns: COUNTER_COLUMNS,
        // In one order everywhere, so that two processes counting the same links cannot block each other.
        rows: [...batch.counts]
          .sort((a, b) => a.linkId - b.linkId)
          .map((counts) => counterRow(counts, growth.get(counts.linkId))),
        onConflict: ADD_TO_COUNTER,
      });
      await tx.insertMany({
        table: 'link_tally',
        columns: TALLY_COLUMNS,
        rows: talliesOf(
          [...clicks, ...revised.map(({ after }) => after)],
          revised.map(({ before }) => before),
        ).map(tallyRow),
        onConflict: ADD_TO_TALLY,
      });
      await this.#insertForApps(tx, batch);
      await this.#insertFacts(tx, { clicks: folded, revised }, codes);
      return codes;
    });
    this.#dictionary.remember(codes);
  }

  async #insertClicks(tx: BatchTransaction, clicks: readonly EnrichedClick[]): Promise<void> {
    await tx.insertMany({
      table: 'click',
      columns: CLICK_COLUMNS,
      rows: clicks.map((click) => clickRow(click, this.#projects.projectOf(click.linkId))),
    });
  }

  /** What is counted of apps, and what they may ask for. */
  async #insertForApps(
    tx: BatchTransaction,
    { appEvents = [], beforeApps = [] }: IngestBatch,
  ): Promise<void> {
    if (appEvents.length > 0) await tx.insertMany(appEventInsert(appEvents));
    if (beforeApps.length === 0 || !this.#deferredSecret) return;
    const projects = this.#projects;
    await tx.insertMany(
      deferredInsert(
        beforeApps,
        this.#deferredSecret,
        (linkId) => projects.projectOf(linkId),
        (projectId) => projects.deferredWindowOf(projectId),
      ),
    );
  }

  async #insertFacts(tx: BatchTransaction, { clicks, revised }: Recognised, codes: Codes): Promise<void> {
    const facts = new Map<number, Fact[]>();
    const add = (all: readonly KnownClick[], weight: 1 | -1) => {
      for (const { click, projectId } of this.#inProject(all)) {
        const fact = factOf(click, projectId, codes, weight);
        const ofProject = facts.get(projectId);
        if (ofProject) ofProject.push(fact);
        else facts.set(projectId, [fact]);
      }
    };
    add(clicks.filter(isFact), 1);
    add(
      revised.map(({ before }) => before),
      -1,
    );
    add(
      revised.map(({ after }) => after),
      1,
    );
    for (const [projectId, all] of facts) {
      await insertRun(tx, projectId, tableOf(all));
      this.#untidy.add(projectId);
    }
  }

  #inProject(clicks: readonly KnownClick[]): { click: KnownClick; projectId: number }[] {
    return clicks.map((click) => ({ click, projectId: this.#projects.projectOf(click.linkId) }));
  }

  /** Merges blocks. In a transaction of its own: the clicks that wait for it are in the journal. */
  async tidy(): Promise<boolean> {
    for (const projectId of this.#untidy) {
      const merged = await this.#writer.transact(async (tx) => {
        await tx.takeTurnIn(INGEST_TURN);
        return await mergeOnce(tx, projectId);
      });
      if (merged > 0) return true;
      this.#untidy.delete(projectId);
    }
    return false;
  }

  forgetSegments(uuids: readonly string[]): Promise<void> {
    return this.#writer.transact(async (tx) => {
      for (const uuid of uuids) await tx.run('delete from journal_segment where uuid = $1', [uuid]);
    });
  }
}

/** Clicks whose flags are no longer right, since an older click of their visitor has come in. */
async function reviseClicks(tx: BatchTransaction, revised: readonly RevisedClick[]): Promise<void> {
  for (const { rowId, after } of revised) {
    await tx.run('update click set flags = $1 where id = $2', [after.flags, rowId]);
  }
}

function movePosition(tx: BatchTransaction, { fromOffset, to }: IngestBatch): Promise<number> {
  if (fromOffset === 0) {
    return tx.run(
      `insert into journal_segment (uuid, sequence, offset_bytes, records, finished_at) values ($1, $2, $3, $4, $5)
       on conflict (uuid) do nothing`,
      [to.uuid, to.sequence, to.offset, to.records, to.finishedAt],
    );
  }
  return tx.run(
    `update journal_segment set offset_bytes = $1, records = $2, finished_at = $3
      where uuid = $4 and offset_bytes = $5 and finished_at is null`,
    [to.offset, to.records, to.finishedAt, to.uuid, fromOffset],
  );
}

function positionFromRow(row: SegmentRow): SegmentPosition {
  return {
    uuid: row.uuid,
    sequence: row.sequence,
    offset: row.offset_bytes,
    records: row.records,
    finishedAt: row.finished_at,
  };
}

function clickRow(click: EnrichedClick, projectId: number): BatchInsert['rows'][number] {
  return [
    click.id,
    click.kind,
    click.at,
    click.linkId,
    click.groupId,
    click.domainId,
    click.routeId,
    click.flags,
    click.visitor,
    click.userAgent,
    click.language,
    click.referrerHost,
    click.utm === null ? null : JSON.stringify(click.utm),
    click.country,
    click.region,
    click.city,
    click.device,
    click.os,
    click.browser,
    click.languageTag,
    projectId,
  ];
}

function counterRow(counts: LinkCounts, growth: Counters | undefined): BatchInsert['rows'][number] {
  const { linkId, clicks, slotsTaken, clicksUnslotted, firstClickAt, lastClickAt } = counts;
  return [
    linkId,
    clicks,
    slotsTaken,
    clicksUnslotted,
    firstClickAt,
    lastClickAt,
    growth?.clicks ?? 0,
    growth?.visitors ?? 0,
  ];
}

function tallyRow({ linkId, country, clicks, repeats, visitors }: LinkTally): BatchInsert['rows'][number] {
  return [linkId, country, clicks, repeats, visitors];
}
