/** What journal and ingest tell the operator. Each is said once when it begins to be true, never once a click. */
export type ClickEvent =
  | 'journal.segment-abandoned' // a write or sync failed; a new segment took over or will
  | 'journal.unavailable' // no segment can be opened: clicks are refused until `journal.resumed`
  | 'journal.resumed'
  | 'journal.sync-failed' // a segment was left whose last clicks a power failure may take
  | 'journal.rescued' // the folder had vanished; what the segment held was written again
  | 'journal.segment-lost' // the server ends, and what a vanished segment held could not be written again
  | 'journal.waiter-failed' // a defect: a waiter threw
  | 'ingest.bytes-skipped' // a torn tail or rotten bytes of a sealed segment
  | 'ingest.stalled' // the store or the segments cannot be reached: clicks wait in the journal
  | 'ingest.resumed'
  | 'ingest.first-statistics';

export type ClickReport = (event: ClickEvent, details: Readonly<Record<string, unknown>>) => void;
