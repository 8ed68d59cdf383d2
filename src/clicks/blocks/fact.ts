/**
 * What statistics know of a click: small numbers only. No instant finer than a quarter of an hour, because every time
 * zone of our days is a whole number of quarters away from UTC, so any project's hours and days can be told from it;
 * no address, no User-Agent. Texts (a country, a campaign) are codes of the project's dictionary.
 */
export const QUARTER_MS = 15 * 60 * 1000;

export function quarterOf(instantMs: number): number {
  return Math.floor(instantMs / QUARTER_MS);
}

/** What is or was true of a click, in one byte. The last three are about the visitor and this link. */
export const FactFlag = {
  qr: 1,
  crawler: 2,
  automated: 4,
  /** The visitor's last click on this link that was no repeat is less than five seconds ago. */
  repeat: 8,
  /** The visitor's first click on this link in this hour of the project's clock. */
  newThisHour: 16,
  newToday: 32,
  newEver: 64,
} as const;

/** How many different flag bytes there are: statistics count them all in one go and ask afterwards. */
export const FLAG_COMBINATIONS = 128;

/** The dimensions whose values are texts, and so codes of the dictionary. */
export const TEXT_DIMENSIONS = [
  'country',
  'region',
  'city',
  'device',
  'os',
  'browser',
  'language',
  'referrer',
  'utmSource',
  'utmMedium',
  'utmCampaign',
  'utmTerm',
  'utmContent',
] as const;
export type TextDimension = (typeof TEXT_DIMENSIONS)[number];

/** Code of the empty text: unknown, or none. */
export const NO_VALUE = 0;
/** Code of every text for which the dictionary had no room. */
export const OTHER_VALUE = 1;
/** What they are called. A visitor who writes just this is counted among them. */
export const OTHER_TEXT = '(other)';

/**
 * The columns of a block, each a row of unsigned 32-bit numbers. `group` is 0 for none; `weight` is 1, or -1 (as
 * 0xffffffff) for a fact that takes back an earlier one; a visitor is 64 bits in two columns, 0 when it has been
 * forgotten.
 */
export const FACT_COLUMNS = [
  'quarter',
  'link',
  'group',
  'route',
  'flags',
  'weight',
  'visitorHigh',
  'visitorLow',
  ...TEXT_DIMENSIONS,
] as const;
export type FactColumn = (typeof FACT_COLUMNS)[number];

/** One click (or its taking back), by column. */
export type Fact = Readonly<Record<FactColumn, number>>;

/** Many facts, column by column, all of one length. */
export type FactTable = Readonly<Record<FactColumn, Uint32Array>>;

export const TAKEN_BACK = 0xffffffff;

export function tableOf(facts: readonly Fact[]): FactTable {
  const table = {} as Record<FactColumn, Uint32Array>;
  for (const column of FACT_COLUMNS) {
    const values = new Uint32Array(facts.length);
    for (let row = 0; row < facts.length; row++) values[row] = (facts[row] as Fact)[column];
    table[column] = values;
  }
  return table;
}
