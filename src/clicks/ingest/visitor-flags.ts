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

/**
 * The visitor flags of a visitor's clicks on a link from some click on, as they are when all of them are looked at in
 * order of time: whatever the order they came in, the same clicks end up with the same flags.
 *
 * @param lastAt the visitor's last click on the link before those asked for that is no later than any of `known`
 * @param known what is stored of the pair from five seconds before the first fresh click on, flags as stored
 * @param fresh clicks that are not stored yet, at least one
 * @returns flags by click id: of every fresh click, and of the known ones whose flags are no longer right
 */
export function recognise(
  lastAt: number | null,
  known: readonly Sighting[],
  fresh: readonly Sighting[],
  clock: HoursAndDays,
): Map<string, number> {
  const isFresh = new Set(fresh.map(({ id }) => id));
  const all = [...known, ...fresh].sort(inOrder);
  const flags = new Map<string, number>();
  let last = lastAt;
  let anchor: number | null = null;
  let begun = false;
  for (const click of all) {
    begun ||= isFresh.has(click.id);
    // Nothing came in before these, so what is stored of them holds.
    const visitorFlags = begun ? flagsOf(click.at, last, anchor, clock) : click.flags & VISITOR_FLAGS;
    if (begun && (isFresh.has(click.id) || (click.flags & VISITOR_FLAGS) !== visitorFlags)) {
      flags.set(click.id, (click.flags & ~VISITOR_FLAGS) | visitorFlags);
    }
    if (!(visitorFlags & ClickFlag.repeat)) anchor = click.at;
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
