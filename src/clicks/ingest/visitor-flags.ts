import { ClickFlag } from '../click-record.ts';

/** Two clicks of one visitor on one link nearer than this are one intention. */
export const REPEAT_MS = 5_000;

/** The flags that depend on what else the visitor did, and so may change when an older click comes in late. */
export const VISITOR_FLAGS =
  ClickFlag.repeat | ClickFlag.newThisHour | ClickFlag.newToday | ClickFlag.newEver;

/** Where an instant lies on the clock of a project. */
export interface HoursAndDays {
  /** First instant of the local hour (day) that `at` falls into. */
  hourStart(at: number): number;
  dayStart(at: number): number;
}

/** One counted click of a visitor on a link. */
export interface Sighting {
  /** The click's id: it orders clicks of one millisecond, so that every ingest orders them alike. */
  readonly id: string;
  readonly at: number;
  readonly flags: number;
}

/** What happened on the link before the clicks that are looked at; instants, null when nothing did. */
export interface Before {
  /** The visitor's last click. */
  readonly last: number | null;
  /** The last that was no repeat; one that is older than five seconds may be left out. */
  readonly anchor: number | null;
}

/**
 * The visitor flags of all clicks of a visitor on a link from some instant on, as they are when they are looked at in
 * order of time: whatever the order they came in, the same clicks end up with the same flags.
 *
 * @param known what is stored from that instant on, flags as stored
 * @param fresh clicks that are not stored yet
 * @returns flags by click id: of every fresh click, and of the known ones whose flags are no longer right
 */
export function recognise(
  before: Before,
  known: readonly Sighting[],
  fresh: readonly Sighting[],
  clock: HoursAndDays,
): Map<string, number> {
  const isKnown = new Set(known.map(({ id }) => id));
  const flags = new Map<string, number>();
  let { last, anchor } = before;
  for (const click of [...known, ...fresh].sort(inOrder)) {
    const right = (click.flags & ~VISITOR_FLAGS) | flagsOf(click.at, last, anchor, clock);
    if (right !== click.flags || !isKnown.has(click.id)) flags.set(click.id, right);
    if (!(right & ClickFlag.repeat)) anchor = click.at;
    last = click.at;
  }
  return flags;
}

function flagsOf(at: number, last: number | null, anchor: number | null, clock: HoursAndDays): number {
  let flags = anchor !== null && at - anchor < REPEAT_MS ? ClickFlag.repeat : 0;
  if (last === null) return flags | ClickFlag.newEver | ClickFlag.newToday | ClickFlag.newThisHour;
  if (last < clock.dayStart(at)) flags |= ClickFlag.newToday;
  if (last < clock.hourStart(at)) flags |= ClickFlag.newThisHour;
  return flags;
}

function inOrder(a: Sighting, b: Sighting): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}
